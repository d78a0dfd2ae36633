// SPDX-License-Identifier: Apache-2.0
#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/dataset/record_reader.h"
#include "core/image/image_encode.h"
#include "core/pipeline/tokenize_shards.h"
#include "core/text/clip_tokenizer.h"
#include "tests/core/dataset/tar_bytes.h"
#include "tests/quiet_progress.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

TokenizeSummary tokenize(const std::vector<fs::path>& shards, const fs::path& work, const TokenizeOptions& options = {}) {
  return tokenize_shards(shards, work, options, quiet, CancelToken());
}

std::vector<ImageRecord> records_of(const fs::path& file) {
  RecordReader reader(file);
  std::vector<ImageRecord> records;
  for (ImageRecord record; reader.next(record);) {
    records.push_back(record);
  }
  return records;
}

}  // namespace

class TokenizeShardsTest : public QObject {
  Q_OBJECT
 private slots:
  void rowsHoldWhatTheShardSays() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    const std::string png = encode_png(Image(5, 3));
    write_file_atomically(root / "s.tar", tar_member("cat.png", png) + tar_member("cat.txt", " A caf\xC3\xA9 cat \n") +
                                              tar_member("cat.json", R"({"category": "animals", "width": 9})") +
                                              tar_member("dog.png", png) + tar_member("dog.json", R"({"caption": "a dog"})") + tar_end());
    const TokenizeSummary summary = tokenize({root / "s.tar"}, root / "work");
    QCOMPARE(summary.rows, uint64_t{2});
    QVERIFY(summary.quarantined.empty());
    const std::vector<ImageRecord> rows = records_of(summary.files.at(0));
    const ImageRecord& cat = rows.at(0);
    QCOMPARE(cat.image_key, std::string("s.tar::cat"));
    QCOMPARE(cat.caption, std::string("A caf\xC3\xA9 cat"));
    QCOMPARE(cat.category, std::string("animals"));
    QCOMPARE(cat.width, 5);
    QCOMPARE(cat.height, 3);
    QCOMPARE(cat.image_hash, image_content_hash(png));
    CaptionTokens ids;
    CaptionTokens mask;
    ClipTokenizer::builtin().encode_into(cat.caption, ids.data(), mask.data());
    QVERIFY(cat.input_ids == ids && cat.attention_mask == mask);
    QCOMPARE(rows.at(1).caption, std::string("a dog"));
  }

  void everythingLeftOutHasAReason() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    const std::string png = encode_png(Image(2, 2));
    write_file_atomically(root / "s.tar", tar_member("a.txt", "no picture") + tar_member("b.png", png) + tar_member("c.png", png) +
                                              tar_member("c.txt", "  \n") + tar_member("d.png", "not a picture") +
                                              tar_member("d.txt", "broken") + tar_member("e.png", png) +
                                              tar_member("e.txt", "\xC3\xA9\xC3\xA9") + tar_header("l.txt", 0, '2') +
                                              tar_member("f.png", png) + tar_member("f.txt", "long enough") + tar_end());
    const TokenizeSummary summary = tokenize({root / "s.tar"}, root / "work", {.min_caption_chars = 3, .threads = 1});
    QCOMPARE(summary.rows, uint64_t{1});
    std::string reasons;
    for (const QuarantinedItem& item : summary.quarantined) {
      QCOMPARE(item.source, std::string("s.tar"));
      reasons += item.item + ": " + item.reason + "\n";
    }
    QCOMPARE(summary.quarantined.size(), size_t{6});
    for (const char* expected : {"a: has no picture", "b: has no caption", "c: has no caption", "d: d.png: not a JPEG, PNG or WebP file",
                                 "e: its caption has 2 characters; at least 3", "l.txt: is a symbolic link"}) {
      QVERIFY2(reasons.find(expected) != std::string::npos, qPrintable(QString::fromStdString(reasons)));
    }
  }

  void finishedShardsAreSkippedAndChangedOnesAreNot() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    const std::string png = encode_png(Image(2, 2));
    const auto shard = [&](const char* name, const char* caption) {
      write_file_atomically(root / name, tar_member("a.png", png) + tar_member("a.txt", caption) + tar_member("b.txt", "x") + tar_end());
    };
    shard("1.tar", "one");
    shard("2.tar", "two");
    QCOMPARE(tokenize({root / "1.tar", root / "2.tar"}, root / "work").shards_done, uint64_t{2});
    const TokenizeSummary again = tokenize({root / "1.tar", root / "2.tar"}, root / "work");
    QCOMPARE(again.shards_skipped, uint64_t{2});
    QCOMPARE(again.quarantined.size(), size_t{2});  // said again, not forgotten
    shard("2.tar", "two, longer");
    const TokenizeSummary changed = tokenize({root / "1.tar", root / "2.tar"}, root / "work");
    QCOMPARE(changed.shards_skipped, uint64_t{1});
    QCOMPARE(records_of(changed.files[1]).at(0).caption, std::string("two, longer"));
    QCOMPARE(tokenize({root / "1.tar"}, root / "work", {.min_caption_chars = 2, .threads = 1}).shards_done, uint64_t{1});
  }

  void shardsOfOneNameAndMissingOnesAreRefused() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    fs::create_directories(root / "other");
    write_file_atomically(root / "1.tar", tar_end());
    write_file_atomically(root / "other" / "1.tar", tar_end());
    QVERIFY_EXCEPTION_THROWN(tokenize({root / "1.tar", root / "other" / "1.tar"}, root / "work"), Error);
    QVERIFY_EXCEPTION_THROWN(tokenize({root / "2.tar"}, root / "work"), Error);
  }

  void stopsWhenAsked() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    write_file_atomically(root / "1.tar", tar_end());
    CancelToken cancel;
    cancel.cancel();
    try {
      tokenize_shards({root / "1.tar"}, root / "work", {}, quiet, cancel);
      QFAIL("did not stop");
    } catch (const Error& error) {
      QVERIFY(error.code() == ErrorCode::cancelled);
    }
  }
};

DARKROOM_TEST(TokenizeShardsTest);
#include "tokenize_shards_test.moc"
