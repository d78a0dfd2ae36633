// SPDX-License-Identifier: Apache-2.0
// The parquet files and what is expected of them are made by tests/parity/make_filter_goldens.py.
#include "core/pipeline/filter_metadata.h"

#include <QTemporaryDir>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/pipeline/metadata_file.h"
#include "tests/quiet_progress.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

const fs::path filter_data = fs::path(DARKROOM_SOURCE_DIR) / "tests/core/pipeline/data";
FilterRules rules() { return read_filter_rules(filter_data / "rules.json"); }
std::vector<fs::path> inputs() { return metadata_inputs({filter_data}); }
Json expected() { return read_json_file(filter_data / "expected.json"); }

std::vector<std::string> texts_of(const fs::path& file, MetadataColumn column) {
  const std::array columns{column};
  MetadataReader reader(file, columns, MetadataRead::needed);
  std::vector<std::string> texts;
  while (reader.next()) {
    for (const std::string_view text : reader.batch().columns.at(column).texts) {
      texts.emplace_back(text);
    }
  }
  return texts;
}

}  // namespace

class FilterMetadataTest : public QObject {
  Q_OBJECT

 private slots:
  void countsAgreeWithPythons() {
    const FilterSummary summary = filter_metadata(inputs(), rules(), std::nullopt, quiet, {});
    const Json golden = expected();
    QCOMPARE(summary.counts.rows, golden["rows"].get<uint64_t>());
    QCOMPARE(summary.counts.kept, golden["kept"].get<uint64_t>());
    QVERIFY(summary.counts.kept > 10);
    for (size_t i = 0; i < summary.counts.rules.size(); ++i) {
      QCOMPARE(summary.counts.rules[i].alone, golden["alone"][i].get<uint64_t>());
      QCOMPARE(summary.counts.rules[i].in_order, golden["in_order"][i].get<uint64_t>());
    }
  }

  void theKeptRowsAreThoseOfPython() {
    const QTemporaryDir folder;
    const fs::path out = folder.filePath("out").toStdString();
    filter_metadata(inputs(), rules(), out, quiet, {});
    std::map<std::string, std::vector<std::string>> all;
    for (const char* name : {"base", "coyo", "improved"}) {
      all[name] = texts_of(filter_data / (std::string(name) + ".parquet"), MetadataColumn::url);
    }
    std::map<std::string, std::vector<std::string>> wanted;
    const Json golden = expected();
    for (const Json& row : golden["kept_rows"]) {
      const std::string text = row.get<std::string>();
      const size_t space = text.find(' ');
      wanted[text.substr(0, space)].push_back(all[text.substr(0, space)].at(std::stoul(text.substr(space + 1))));
    }
    for (const auto& [name, urls] : wanted) {
      QCOMPARE(texts_of(out / (name + ".parquet"), MetadataColumn::url), urls);
    }
  }

  void whatIsWrittenHasEveryColumnAndFiltersToItself() {
    const QTemporaryDir folder;
    const fs::path once = folder.filePath("once").toStdString();
    const fs::path twice = folder.filePath("twice").toStdString();
    const FilterSummary first = filter_metadata(inputs(), rules(), once, quiet, {});
    const FilterSummary second = filter_metadata(metadata_inputs({once}), rules(), twice, quiet, {});
    QCOMPARE(second.counts.rows, first.counts.kept);
    QCOMPARE(second.counts.kept, first.counts.kept);
    const std::array captions{MetadataColumn::caption};
    QVERIFY(MetadataReader(once / "improved.parquet", captions, MetadataRead::all).rows() > 0);
  }

  void aRunThatWasStoppedEndsWithTheSameBytes() {
    const QTemporaryDir folder;
    const fs::path whole = folder.filePath("whole").toStdString();
    const fs::path broken = folder.filePath("broken").toStdString();
    filter_metadata(inputs(), rules(), whole, quiet, {});
    // The first file alone, then a leftover of a killed second: as if the run had been killed there.
    filter_metadata({inputs()[0]}, rules(), broken, quiet, {});
    std::ofstream(broken / "coyo.parquet.partial") << "half";
    const FilterSummary resumed = filter_metadata(inputs(), rules(), broken, quiet, {});
    QCOMPARE(resumed.files_skipped, uint64_t{1});
    for (const char* name : {"base.parquet", "coyo.parquet", "improved.parquet", "filter.json"}) {
      QVERIFY2(read_file(whole / name) == read_file(broken / name), name);
    }
    QVERIFY(!fs::exists(broken / "coyo.parquet.partial"));
    QCOMPARE(filter_metadata(inputs(), rules(), broken, quiet, {}).files_skipped, uint64_t{3});
  }

  void filesSideBySideAreAsEachAlone() {
    FilterRules alone = rules();
    std::erase_if(alone.rules, [](const FilterRule& rule) { return std::holds_alternative<UniqueRule>(rule); });
    QVERIFY(alone.rules.size() >= 3);
    const QTemporaryDir folder;
    const fs::path together = folder.filePath("together").toStdString();
    const FilterSummary summary = filter_metadata(inputs(), alone, together, quiet, {});
    FilterCounts sum = RowFilter(alone).counts();
    for (const fs::path& file : inputs()) {
      const fs::path out = fs::path(folder.filePath("alone").toStdString()) / file.stem();
      sum += filter_metadata({file}, alone, out, quiet, {}).counts;
      QVERIFY2(read_file(out / file.filename()) == read_file(together / file.filename()), file.c_str());
    }
    QVERIFY(sum.kept > 0 && sum.kept < sum.rows);
    QCOMPARE(summary.counts, sum);
    QCOMPARE(filter_metadata(inputs(), alone, std::nullopt, quiet, {}).counts, sum);
    // One that is cut is named, and nothing says that all is done.
    const fs::path cut = folder.filePath("cut.parquet").toStdString();
    const std::string bytes = read_file(inputs()[1]);
    std::ofstream(cut, std::ios::binary) << bytes.substr(0, bytes.size() / 3) << bytes.substr(bytes.size() / 2);
    const fs::path out = folder.filePath("out").toStdString();
    try {
      filter_metadata({inputs()[0], cut, inputs()[2]}, alone, out, quiet, {});
      QFAIL("a cut file was filtered");
    } catch (const Error& error) {
      QVERIFY2(std::string(error.what()).find("cut.parquet") != std::string::npos, error.what());
    }
    QVERIFY(!fs::exists(out / "filter.json"));
  }

  void otherRulesWriteEverythingAnew() {
    const QTemporaryDir folder;
    const fs::path out = folder.filePath("out").toStdString();
    filter_metadata(inputs(), rules(), out, quiet, {});
    FilterRules other = rules();
    other.rules.erase(other.rules.begin());
    const FilterSummary summary = filter_metadata(inputs(), other, out, quiet, {});
    QCOMPARE(summary.files_skipped, uint64_t{0});
    QCOMPARE(texts_of(out / "coyo.parquet", MetadataColumn::url).size() + texts_of(out / "base.parquet", MetadataColumn::url).size() +
                 texts_of(out / "improved.parquet", MetadataColumn::url).size(),
             static_cast<size_t>(summary.counts.kept));
  }

  void cancelledItStopsAndLeavesNoHalfFile() {
    const QTemporaryDir folder;
    const fs::path out = folder.filePath("out").toStdString();
    CancelToken cancel;
    cancel.cancel();
    QVERIFY_EXCEPTION_THROWN(filter_metadata(inputs(), rules(), out, quiet, cancel), Error);
    QVERIFY(!fs::exists(out / "base.parquet"));
  }

  void badInputIsNamed() {
    const QTemporaryDir folder;
    const fs::path junk = folder.filePath("junk.parquet").toStdString();
    std::ofstream(junk) << "this is no parquet";
    QVERIFY2(error_of([&] { filter_metadata({junk}, rules(), std::nullopt, quiet, {}); }).find("junk.parquet") != std::string::npos, "");
    const fs::path cut = folder.filePath("cut.parquet").toStdString();
    const std::string bytes = read_file(filter_data / "coyo.parquet");
    std::ofstream(cut, std::ios::binary) << bytes.substr(0, bytes.size() / 2);
    QVERIFY2(error_of([&] { filter_metadata({cut}, rules(), std::nullopt, quiet, {}); }).find("cut.parquet") != std::string::npos, "");
    FilterRules watermark;
    watermark.rules = {ColumnRule{.column = MetadataColumn::watermark, .below = 0.5}};
    const std::string missing = error_of([&] { filter_metadata({filter_data / "coyo.parquet"}, watermark, std::nullopt, quiet, {}); });
    QVERIFY2(missing.find("has no column watermark") != std::string::npos && missing.find("clip_similarity_vitl14") != std::string::npos,
             missing.c_str());
    QVERIFY(error_of([&] { metadata_inputs({folder.filePath("nowhere").toStdString()}); }).find("nowhere") != std::string::npos);
    QVERIFY(error_of([&] {
              metadata_inputs({filter_data / "coyo.parquet", junk.parent_path() / "x" / "coyo.parquet"});
            }).find("no such") != std::string::npos);
  }

  void overridesAreAppliedByKey() {
    FilterRules all = rules();
    all.rules.clear();
    const uint64_t rows = filter_metadata({filter_data / "coyo.parquet"}, all, std::nullopt, quiet, {}).counts.kept;
    all.drop = {texts_of(filter_data / "coyo.parquet", MetadataColumn::key).front()};
    const FilterCounts counts = filter_metadata({filter_data / "coyo.parquet"}, all, std::nullopt, quiet, {}).counts;
    QCOMPARE(counts.dropped_by_hand, uint64_t{1});
    QCOMPARE(counts.kept, rows - 1);
  }

  void theInputIsNeverReplaced() {
    const QTemporaryDir folder;
    const fs::path in = fs::path(folder.path().toStdString()) / "coyo.parquet";
    fs::copy_file(filter_data / "coyo.parquet", in);
    const std::string before = read_file(in);
    QVERIFY(!error_of([&] { filter_metadata({in}, rules(), folder.path().toStdString(), quiet, {}); }).empty());
    QVERIFY(read_file(in) == before);
  }
};
DARKROOM_TEST(FilterMetadataTest);
#include "filter_metadata_test.moc"
