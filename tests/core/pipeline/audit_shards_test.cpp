// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/audit_shards.h"

#include <QTemporaryDir>
#include <map>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/format.h"
#include "core/image/exif.h"
#include "core/image/image_encode.h"
#include "core/pipeline/tokenize_shards.h"
#include "tests/core/dataset/tar_bytes.h"
#include "tests/quiet_progress.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

Image noisy(int seed, int width = 96, int height = 80) {
  Image image(width, height);
  uint32_t state = static_cast<uint32_t>(seed) * 2654435761U + 1;
  for (uint8_t& value : image.pixels) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<uint8_t>(state >> 24);
  }
  return image;
}

std::string jpeg_of(const Image& image) { return encode_image(image, ImageFormat::jpeg); }

std::string sample(const std::string& key, const std::string& picture, const std::string& caption, const std::string& json = {},
                   const std::string& ending = "jpg") {
  std::string members = tar_member(key + "." + ending, picture);
  if (!json.empty()) {
    members += tar_member(key + ".json", json);
  }
  return members + tar_member(key + ".txt", caption);
}

// key -> names of what was found
std::map<std::string, std::set<std::string>> findings_of(const fs::path& out) {
  std::map<std::string, std::set<std::string>> found;
  const std::string text = read_file(out / "audit.jsonl");
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    const Json line = Json::parse(text.substr(at, end - at));
    found[line["key"].get<std::string>()].insert(line["finding"].get<std::string>());
    at = end + 1;
  }
  return found;
}

}  // namespace

class AuditShardsTest : public QObject {
  Q_OBJECT

  AuditSummary audit(const fs::path& root, const std::vector<fs::path>& rows = {}) const {
    std::vector<fs::path> shards;
    for (const char* name : {"1.tar", "2.tar"}) {
      if (fs::exists(root / name)) {
        shards.push_back(root / name);
      }
    }
    return audit_shards(shards, rows, root / "audit", {}, quiet, {});
  }

 private slots:
  void everyKindOfTroubleIsFoundOnceAndNothingElse() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    const std::string good = jpeg_of(noisy(1));
    std::string damaged = jpeg_of(noisy(2));
    for (size_t at = damaged.size() / 2; at < damaged.size() / 2 + 40; ++at) {
      damaged[at] = static_cast<char>(at % 2 == 0 ? 0xFF : 0xD3);
    }
    std::string animated = encode_png(noisy(3));
    animated.insert(33, std::string("\0\0\0\x08"
                                    "acTL\0\0\0\x02\0\0\0\0\0\0\0\0",
                                    20));
    std::string words;
    for (int i = 0; i < 90; ++i) {
      words += "tree ";
    }
    // A little-endian TIFF block of one entry: orientation 6.
    const std::string lying("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0", 26);
    write_file_atomically(
        root / "1.tar",
        sample("good", good, "a good one", "{\"key\": \"good\", \"width\": 96, \"height\": 80}") +
            sample("cut", good.substr(0, good.size() / 2), "cut") + sample("damaged", damaged, "damaged") +
            sample("junk", "no picture", "junk") + sample("moving", animated, "moving", {}, "png") +
            sample("flat", jpeg_of(Image(80, 80)), "flat") + sample("tiny", jpeg_of(noisy(4, 20, 90)), "tiny") +
            sample("silent", jpeg_of(noisy(5)), " \n") + sample("long", jpeg_of(noisy(6)), words) +
            sample("foreign", jpeg_of(noisy(7)), "foreign", "{\"key\": \"other\"}") +
            sample("twocaptions", jpeg_of(noisy(8)), "one", "{\"caption\": \"another\"}") +
            sample("othersize", jpeg_of(noisy(9)), "size", "{\"width\": 5, \"height\": 6}") +
            sample("inks", read_file(fs::path(DARKROOM_SOURCE_DIR) / "tests/core/image/data/perceptual_hash/four_inks.jpg"), "inks") +
            sample("lying", insert_exif(jpeg_of(noisy(10)), ImageFormat::jpeg, lying), "lying") + tar_header("link.jpg", 0, '2') +
            tar_end());
    write_file_atomically(root / "2.tar", sample("copy", good, "again") + tar_end());
    const AuditSummary summary = audit(root);
    QCOMPARE(summary.samples, uint64_t{15});
    const std::map<std::string, std::set<std::string>> expected{{"cut", {"truncated"}},
                                                                {"damaged", {"damaged"}},
                                                                {"junk", {"broken"}},
                                                                {"moving", {"animated"}},
                                                                {"flat", {"flat"}},
                                                                {"tiny", {"tiny"}},
                                                                {"silent", {"no_caption"}},
                                                                {"long", {"long_caption"}},
                                                                {"foreign", {"wrong_pair"}},
                                                                {"twocaptions", {"wrong_pair"}},
                                                                {"othersize", {"wrong_pair"}},
                                                                {"link.jpg", {"unusable"}},
                                                                {"inks", {"cmyk"}},
                                                                {"lying", {"rotated"}},
                                                                {"copy", {"duplicate"}}};
    const auto found = findings_of(root / "audit");
    for (const auto& [key, kinds] : expected) {
      const auto at = found.find(key);
      QVERIFY2(at != found.end() && at->second == kinds,
               qPrintable(QString::fromStdString(
                   format("{}: {}", key, at == found.end() ? std::string("nothing") : format("{}", fmt::join(at->second, ", "))))));
    }
    QCOMPARE(found.size(), expected.size());
    QCOMPARE(summary.clean, uint64_t{1});
    const Json written = read_json_file(root / "audit" / "summary.json");
    QCOMPARE(written["findings"]["wrong_pair"].get<int>(), 3);
    QCOMPARE(written["findings"]["broken"].get<int>(), 1);
    QCOMPARE(written["clean"].get<int>(), 1);
  }

  void rowsThatNameOtherPicturesOrCaptionsAreFound() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    write_file_atomically(root / "1.tar", sample("a", jpeg_of(noisy(1)), "first") + sample("b", jpeg_of(noisy(2)), "second") +
                                              sample("c", jpeg_of(noisy(3)), "third") + tar_end());
    const fs::path rows = tokenize_shards({root / "1.tar"}, root / "rows", {}, quiet, {}).files.at(0);
    QCOMPARE(audit(root, {rows}).findings.at("wrong_pair"), uint64_t{0});
    // The pictures of a and b exchange their places, c gets another caption, and d is gone.
    write_file_atomically(root / "1.tar", sample("a", jpeg_of(noisy(2)), "first") + sample("b", jpeg_of(noisy(1)), "second") +
                                              sample("c", jpeg_of(noisy(3)), "third!") + tar_end());
    const AuditSummary summary = audit(root, {rows});
    QCOMPARE(summary.rows, uint64_t{3});
    QCOMPARE(summary.findings.at("wrong_pair"), uint64_t{3});
    write_file_atomically(root / "1.tar", sample("a", jpeg_of(noisy(1)), "first") + sample("b", jpeg_of(noisy(2)), "second") + tar_end());
    audit(root, {rows});
    QVERIFY(read_file(root / "audit" / "audit.jsonl").find("no shard holds this picture") != std::string::npos);
  }

  void finishedShardsAreNotDecodedAgain() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    write_file_atomically(root / "1.tar", sample("a", jpeg_of(noisy(1)), "first") + tar_end());
    write_file_atomically(root / "2.tar", sample("a", jpeg_of(Image(70, 70)), "black") + tar_end());
    QCOMPARE(audit(root).shards_skipped, uint64_t{0});
    const std::string report = read_file(root / "audit" / "audit.jsonl");
    fs::remove(root / "audit" / ".done" / "2.json");
    fs::remove(root / "audit" / "audit.jsonl");
    QCOMPARE(audit(root).shards_skipped, uint64_t{1});
    QVERIFY(read_file(root / "audit" / "audit.jsonl") == report);
  }

  void stopsWhenAskedAndRefusesTwoShardsOfOneName() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    write_file_atomically(root / "1.tar", sample("a", jpeg_of(noisy(1)), "first") + tar_end());
    CancelToken cancel;
    cancel.cancel();
    QVERIFY_EXCEPTION_THROWN(audit_shards({root / "1.tar"}, {}, root / "out", {}, quiet, cancel), Error);
    QVERIFY_EXCEPTION_THROWN(audit_shards({root / "1.tar", root / "x" / "1.tar"}, {}, root / "out", {}, quiet, {}), Error);
  }
};

DARKROOM_TEST(AuditShardsTest);
#include "audit_shards_test.moc"
