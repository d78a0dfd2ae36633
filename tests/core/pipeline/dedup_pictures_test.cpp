// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/dedup_pictures.h"

#include <QTemporaryDir>
#include <map>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/dataset/quarantine.h"
#include "core/dataset/record_reader.h"
#include "core/filter/filter_rules.h"
#include "core/pipeline/build_arrow.h"
#include "core/pipeline/dataset_statistics.h"
#include "tests/core/dataset/dataset_on_disk.h"
#include "tests/quiet_progress.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

ImageRecord row(const std::string& key, uint64_t phash, int side, std::optional<float> aesthetic = std::nullopt) {
  ImageRecord record = a_record(key);
  record.phash = phash;
  record.width = record.height = side;
  record.aesthetic = aesthetic;
  return record;
}

fs::path write_rows(const fs::path& root, const std::vector<ImageRecord>& records) {
  ParquetRecordWriter writer(root / "rows.parquet");
  for (const ImageRecord& record : records) {
    writer.append(record);
  }
  writer.finish();
  return root / "rows.parquet";
}

std::vector<std::string> drops(const fs::path& out) { return read_filter_rules(out / "rules.json").drop; }

}  // namespace

class DedupPicturesTest : public QObject {
  Q_OBJECT
 private slots:
  void theBestOfEachGroupIsKeptByTheRule() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    const fs::path rows =
        write_rows(root, {row("a", 0xF0, 100, 5.0F), row("b", 0xF1, 300), row("c", 0xF3, 200, 7.0F), row("d", ~uint64_t{0}, 50)});
    const DedupSummary summary = dedup_pictures({rows}, root / "out", {}, quiet, {});
    QCOMPARE(summary.rows, uint64_t{4});
    QCOMPARE(summary.groups, uint64_t{1});
    QCOMPARE(summary.dropped, uint64_t{2});
    QCOMPARE(drops(root / "out"), (std::vector<std::string>{"a", "c"}));
    dedup_pictures({rows}, root / "out", {.keep = KeepRule::aesthetic}, quiet, {});
    QCOMPARE(drops(root / "out"), (std::vector<std::string>{"a", "b"}));
    dedup_pictures({rows}, root / "out", {.keep = KeepRule::first}, quiet, {});
    QCOMPARE(drops(root / "out"), (std::vector<std::string>{"b", "c"}));
    const Json group = Json::parse(read_file(root / "out" / "groups.jsonl"));
    QCOMPARE(group["keep"].get<std::string>(), std::string("a"));
    QCOMPARE(group["drop"][1]["distance"].get<int>(), 2);
    dedup_pictures({rows}, root / "out", {.distance = 0}, quiet, {});
    QVERIFY(drops(root / "out").empty());
  }

  void rowsWithoutHashesAreCountedAndNeverDropped() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    const fs::path rows = write_rows(root, {row("a", 1, 10), a_record("b"), a_record("c"), row("d", 1, 10)});
    const DedupSummary summary = dedup_pictures({rows}, root / "out", {}, quiet, {});
    QCOMPARE(summary.without_hash, uint64_t{2});
    QCOMPARE(drops(root / "out"), std::vector<std::string>{"d"});
    QVERIFY_EXCEPTION_THROWN(dedup_pictures({write_rows(root, {a_record("x")})}, root / "out", {}, quiet, {}), Error);
    QVERIFY_EXCEPTION_THROWN(dedup_pictures({write_rows(root, {row("x", 1, 1), row("x", 2, 1)})}, root / "out", {}, quiet, {}), Error);
  }

  void nearDuplicatesValidateTogetherAndDroppedRowsStayOut() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    std::vector<ImageRecord> records;
    for (int i = 0; i < 300; ++i) {
      const uint64_t hash = 0x9E3779B97F4A7C15ULL * static_cast<uint64_t>(i / 3 + 1);
      records.push_back(row("k" + std::to_string(i), hash ^ (uint64_t{1} << i % 3), 64));
    }
    const fs::path rows = write_rows(root, records);
    const BuildArrowSummary summary =
        build_arrow({rows}, root / "set", {.validation_share = 0.3}, quiet, {}, {.keys = {"k7"}, .origin = "rules.json"});
    QCOMPARE(summary.near_groups, uint64_t{100});
    QCOMPARE(summary.dropped_rows, uint64_t{1});
    QCOMPARE(summary.train_rows + summary.validation_rows, uint64_t{299});
    QVERIFY(summary.validation_rows > 60 && summary.validation_rows <= 90);
    RecordReader reader(root / "set" / "validation");
    std::map<int, int> members;
    for (ImageRecord record; reader.next(record);) {
      QVERIFY(record.image_key != "k7");
      ++members[std::stoi(record.image_key.substr(1)) / 3];
    }
    for (const auto& [group, count] : members) {
      QCOMPARE(count, group == 2 ? 2 : 3);
    }
    QCOMPARE(read_quarantine(root / "set" / "quarantine.jsonl").at(0).reason, std::string("rules.json drops it"));
    // Without the hashes the pictures go where they will.
    build_arrow({rows}, root / "other", {.validation_share = 0.3, .near_distance = std::nullopt}, quiet, {});
    RecordReader alone(root / "other" / "validation");
    std::map<int, int> others;
    for (ImageRecord record; alone.next(record);) {
      ++others[std::stoi(record.image_key.substr(1)) / 3];
    }
    QVERIFY(std::any_of(others.begin(), others.end(), [](const auto& group) { return group.second < 3; }));
  }

  void aDatasetIsSplitAnewFromItselfOnlyIntoAnotherFolder() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    build_arrow({write_rows(root, {row("a", 1, 10), row("b", 2, 10)})}, root / "set", {.validation_share = 0}, quiet, {});
    QVERIFY_EXCEPTION_THROWN(build_arrow({root / "set"}, root / "set", {.validation_share = 0.5}, quiet, {}), Error);
    QCOMPARE(
        build_arrow({root / "set"}, root / "again", {.validation_share = 0.5, .near_distance = std::nullopt}, quiet, {}).validation_rows,
        uint64_t{1});
  }

  void statisticsAreThoseOfTheRows() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    std::vector<ImageRecord> records{row("a", 1, 100, 6.0F), row("b", 2, 200), a_record("c")};
    records[0].caption = "A tree, a TREE; it's green";
    records[1].source = "b.tar";
    std::string words;
    for (int i = 0; i < 80; ++i) {
      words += "cat ";
    }
    records[1].caption = words;
    records[1].attention_mask.fill(1);
    const DatasetStatistics statistics = dataset_statistics({write_rows(root, records)}, 3, quiet, {});
    QCOMPARE(statistics.rows, uint64_t{3});
    QCOMPARE(statistics.width.min, 20.0);
    QCOMPARE(statistics.width.max, 200.0);
    QCOMPARE(statistics.width.median, 100.0);
    QVERIFY(std::abs(statistics.width.mean - 320.0 / 3) < 1e-9);
    QCOMPARE(statistics.aspect.p95, 1.0);
    QCOMPARE(statistics.aspect.min, 20.0 / 30);
    QCOMPARE(statistics.tokens.max, 80.0);
    QCOMPARE(statistics.cut_captions, uint64_t{1});
    QCOMPARE(statistics.with_aesthetic, uint64_t{1});
    QCOMPARE(statistics.aesthetic.mean, 6.0);
    QVERIFY(statistics.words[0] == (NamedCount{"cat", 80}));
    QVERIFY(statistics.words[1] == (NamedCount{"a", 3}));
    QVERIFY(statistics.sources[0] == (NamedCount{"a.tar", 2}));
    QCOMPARE(statistics.words.size(), size_t{3});
    QCOMPARE(statistics.caption_chars.max, 320.0);
  }
};

DARKROOM_TEST(DedupPicturesTest);
#include "dedup_pictures_test.moc"
