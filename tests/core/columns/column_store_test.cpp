// SPDX-License-Identifier: Apache-2.0
#include "core/columns/column_store.h"

#include <cmath>
#include <fstream>
#include <numeric>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/utf8.h"
#include "core/columns/column_data.h"
#include "core/pipeline/metadata_file.h"
#include "tests/core/columns/metadata_set.h"
#include "tests/quiet_progress.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using darkroom::test::error_of;
using darkroom::test::quiet;
using darkroom::test::Release;
using darkroom::test::TableOptions;
using darkroom::test::Tables;
using darkroom::test::write_table;
using Place = darkroom::test::MetadataSet;
namespace fs = std::filesystem;

namespace {

bool same(double a, double b) { return (std::isnan(a) && std::isnan(b)) || a == b; }

std::string bytes_of(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::string all;
  for (const fs::path& file : files) {
    all += file.filename().string() + "\n" + read_file(file);
  }
  return all;
}

void cut(const fs::path& file, uint64_t bytes) { fs::resize_file(file, bytes); }

}  // namespace

class ColumnStoreTest : public QObject {
  Q_OBJECT

 private slots:
  void everyValueIsWhatTheFilterWouldSee_data() {
    QTest::addColumn<int>("release");
    QTest::newRow("laion") << static_cast<int>(Release::laion);
    QTest::newRow("base") << static_cast<int>(Release::base);
    QTest::newRow("coyo") << static_cast<int>(Release::coyo);
    QTest::newRow("mixed nsfw") << static_cast<int>(Release::mixed_nsfw);
  }

  void everyValueIsWhatTheFilterWouldSee() {
    QFETCH(const int, release);
    const Place place(Tables{{.release = static_cast<Release>(release), .rows = 1500, .rows_per_group = 400, .seed = 3},
                             {.release = static_cast<Release>(release), .rows = 701, .rows_per_group = 100, .seed = 4}});
    const auto store = place.import();
    QCOMPARE(store->rows(), uint64_t{2201});
    std::vector<MetadataColumn> known;
    for (const StoredColumn& column : store->columns()) {
      QVERIFY(column.missing_in.empty());
      if (!metadata_column(column.column).aliases.empty()) {
        known.push_back(column.column);
      }
    }
    uint64_t row = 0;
    uint64_t values = 0;
    for (const fs::path& file : place.files) {
      MetadataReader reader(file, known, MetadataRead::needed);
      while (reader.next()) {
        const FilterBatch& batch = reader.batch();
        std::vector<uint64_t> rows(batch.rows);
        std::iota(rows.begin(), rows.end(), row);
        const std::vector<RowTexts> fetched = store->fetch_texts(rows, known);
        for (uint64_t i = 0; i < batch.rows; ++i, ++row) {
          for (size_t index = 0; index < known.size(); ++index) {
            const MetadataColumn column = known[index];
            const FilterBatch::Column& expected = batch.columns.at(column);
            const double number = store->number(column, row);
            if (!expected.numbers.empty()) {
              QVERIFY2(same(number, expected.numbers[i]), metadata_column(column).name.data());
              values += std::isnan(number) ? 0 : 1;
            }
            if (!expected.texts.empty()) {
              const std::string_view text = expected.texts[i];
              QCOMPARE(fetched[i][index].has_value(), text.data() != nullptr);
              QVERIFY(!fetched[i][index] || *fetched[i][index] == text);
              if (store->find(column)->words) {
                QVERIFY(store->word(column, row) == text);
              } else {
                QCOMPARE(store->data().of(column).hashes[row] == 0, text.data() == nullptr);
              }
            }
          }
          const std::string_view caption = batch.columns.at(MetadataColumn::caption).texts[i];
          QVERIFY(same(store->number(MetadataColumn::caption_chars, row),
                       caption.data() == nullptr ? std::nan("") : static_cast<double>(count_characters(caption))));
          const double height = batch.columns.at(MetadataColumn::height).numbers[i];
          QVERIFY(same(store->number(MetadataColumn::aspect, row),
                       height > 0 ? batch.columns.at(MetadataColumn::width).numbers[i] / height : std::nan("")));
        }
      }
    }
    QCOMPARE(row, store->rows());
    QVERIFY(values > 5000);
  }

  void numbersLieInTheNarrowestTypeThatHoldsThem() {
    const Place place(Tables{{.release = Release::laion, .rows = 2000}});
    const auto store = place.import();
    const ColumnData& data = store->data();
    QCOMPARE(data.of(MetadataColumn::width).kind, NumberKind::i32);  // 70000 is among the sides
    QCOMPARE(data.of(MetadataColumn::caption_chars).kind, NumberKind::u16);
    QCOMPARE(data.of(MetadataColumn::aesthetic).kind, NumberKind::f32);
    QVERIFY(data.of(MetadataColumn::aesthetic).exact == nullptr);
    QVERIFY(data.of(MetadataColumn::similarity).exact != nullptr);
    QVERIFY(data.of(MetadataColumn::aspect).exact != nullptr);
    const StoredColumn& width = *store->find(MetadataColumn::width);
    QCOMPARE(width.max, 70000.0);
    QCOMPARE(width.min, 160.0);
    QVERIFY(width.empty > 0);
    QVERIFY(width.view_low < width.view_high);
  }

  void theSecondTimeNothingIsRead() {
    const Place place(Tables{{.rows = 500}});
    QVERIFY(ColumnStore::open(place.cache(), place.files) == nullptr);
    bool imported = false;
    const auto note = [&](const Progress&) { imported = true; };
    ColumnStore::open_or_import(place.cache(), place.files, {}, note, {});
    QVERIFY(imported);
    imported = false;
    const auto again = ColumnStore::open_or_import(place.cache(), place.files, {}, note, {});
    QVERIFY(!imported);
    QCOMPARE(again->rows(), uint64_t{500});
    QCOMPARE(again->folder(), ColumnStore::cache_folder(place.cache(), place.files));
  }

  void aFileThatChangedIsReadAgain() {
    const Place place(Tables{{.rows = 500}});
    const auto before = place.import();
    write_table(place.files[0], {.rows = 640, .seed = 9});
    QVERIFY(ColumnStore::open(place.cache(), place.files) == nullptr);
    const uint64_t rows[] = {3};
    const MetadataColumn columns[] = {MetadataColumn::url};
    QVERIFY(error_of([&] { before->fetch_texts(rows, columns); }).find("changed since") != std::string::npos);
    QCOMPARE(place.import()->rows(), uint64_t{640});
  }

  void aDamagedCacheIsMadeAnew() {
    const Place place(Tables{{.rows = 500}});
    const fs::path folder = place.import()->folder();
    const std::string good = bytes_of(folder);
    cut(folder / "aesthetic.numbers", 100);
    QCOMPARE(bytes_of(place.import()->folder()), good);
    cut(folder / "columns.json", 50);
    QCOMPARE(bytes_of(place.import()->folder()), good);
    std::ofstream(folder / "columns.json") << "{\"darkroom_columns\":99}";
    QCOMPARE(bytes_of(place.import()->folder()), good);
  }

  void theSameFilesMakeTheSameBytesWithAnyNumberOfThreads() {
    const std::vector<TableOptions> tables{{.release = Release::base, .rows = 3000, .rows_per_group = 70, .seed = 5},
                                           {.release = Release::base, .rows = 2000, .rows_per_group = 2000, .seed = 6}};
    const Place place(tables);
    const std::string one = bytes_of(place.import(1)->folder());
    fs::remove_all(place.cache());
    const std::string three = bytes_of(place.import(3)->folder());
    QVERIFY(one == three);
  }

  void filesOfDifferentReleasesMakeOneSet() {
    const Place place(
        Tables{{.release = Release::laion, .rows = 300}, {.release = Release::base, .rows = 400}, {.release = Release::coyo, .rows = 500}});
    const auto store = place.import();
    QCOMPARE(store->rows(), uint64_t{1200});
    QCOMPARE(store->place(299).file, size_t{0});
    QCOMPARE(store->place(300).file, size_t{1});
    QCOMPARE(store->place(1199).file, size_t{2});
    QCOMPARE(store->find(MetadataColumn::language)->missing_in, (std::vector<size_t>{1, 2}));
    QVERIFY(store->find(MetadataColumn::aesthetic)->missing_in.empty());
    QVERIFY(store->word(MetadataColumn::language, 1199).empty());
    QVERIFY(std::isnan(store->number(MetadataColumn::watermark, 1199)) == false);
  }

  void rowsKnowTheirPlaces() {
    const Place place(Tables{{.rows = 1000, .rows_per_group = 300}, {.rows = 50, .rows_per_group = 7, .seed = 2}});
    const auto store = place.import();
    const RowPlace last = store->place(1049);
    QCOMPARE(last.file, size_t{1});
    QCOMPARE(last.group, uint64_t{7});
    QCOMPARE(last.row, uint64_t{0});
    QCOMPARE(store->place(999).group, uint64_t{3});
    QCOMPARE(store->place(999).row, uint64_t{99});
    QVERIFY_EXCEPTION_THROWN(store->place(1050), std::out_of_range);
  }

  void textsAreFetchedForScatteredRowsInAnyOrder() {
    const Place place(Tables{{.rows = 5000, .rows_per_group = 2000}, {.rows = 1000, .rows_per_group = 333, .seed = 2}});
    const auto store = place.import();
    const MetadataColumn columns[] = {MetadataColumn::caption, MetadataColumn::url};
    std::vector<uint64_t> all(store->rows());
    std::iota(all.begin(), all.end(), 0);
    const std::vector<RowTexts> expected = store->fetch_texts(all, columns);
    const std::vector<uint64_t> some{5999, 0, 17, 4321, 17, 2000, 1999, 5000, 5333};
    const std::vector<RowTexts> fetched = store->fetch_texts(some, columns);
    for (size_t i = 0; i < some.size(); ++i) {
      QVERIFY(fetched[i] == expected[some[i]]);
    }
  }

  void aRowIsShownWithEverythingThatItsFileHas() {
    const Place place(Tables{{.release = Release::base, .rows = 500}});
    const auto store = place.import();
    const RowValues values = store->fetch_row(321);
    QCOMPARE(values.size(), size_t{10});
    QCOMPARE(values[0].first, std::string("SAMPLE_ID"));
    QCOMPARE(values[9].first, std::string("checked"));
    QVERIFY(values[9].second == "true" || values[9].second == "false");
    for (const auto& [name, text] : values) {
      if (name == "WIDTH") {
        const double width = store->number(MetadataColumn::width, 321);
        QCOMPARE(text, std::isnan(width) ? std::string() : std::to_string(static_cast<int>(width)));
      }
    }
  }

  void brokenFilesGetASentence() {
    const Place place(Tables{{.rows = 3000, .rows_per_group = 1000}});
    const fs::path file = place.files[0];
    const std::string whole = read_file(file);
    const auto refuses = [&](const std::string& bytes) {
      std::ofstream(file, std::ios::binary) << bytes;
      const std::string error = error_of([&] { place.import(); });
      return error.find("part-0.parquet: ") != std::string::npos && fs::is_empty(place.cache());
    };
    QVERIFY(refuses(""));
    QVERIFY(refuses("PAR1"));
    QVERIFY(refuses("a,b\n1,2\n"));
    QVERIFY(refuses(whole.substr(0, whole.size() / 2)));
    QVERIFY(refuses(whole.substr(0, whole.size() - 3)));
    int refused = 0;
    for (size_t at = 200; at + 400 < whole.size() * 3 / 4; at += whole.size() / 40) {
      std::string damaged = whole;
      std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(at), 300, '\x7f');
      std::ofstream(file, std::ios::binary) << damaged;
      refused += error_of([&] { place.import(); }).empty() ? 0 : 1;  // never a crash; some damage only changes values
    }
    QVERIFY(refused > 5);
  }

  void aSetWithoutAnyKnownColumnIsRefused() {
    const Place place(Tables{{.release = Release::unknown, .rows = 10}});
    QVERIFY(error_of([&] { place.import(); }).find("part-0.parquet: has no column that is known; it has apples, pears") !=
            std::string::npos);
    QVERIFY(error_of([&] {
              ColumnStore::open(place.cache(), std::vector<fs::path>{place.root() / "nowhere.parquet"});
            }).find("no such file") != std::string::npos);
  }

  void aStopLeavesNothingBehind() {
    const Place place(Tables{{.rows = 5000, .rows_per_group = 500}});
    CancelToken cancel;
    cancel.cancel();
    try {
      ColumnStore::open_or_import(place.cache(), place.files, {}, quiet, cancel);
      QFAIL("was not stopped");
    } catch (const Error& error) {
      QCOMPARE(error.code(), ErrorCode::cancelled);
    }
    QVERIFY(fs::is_empty(place.cache()));
    fs::create_directories(ColumnStore::cache_folder(place.cache(), place.files).string() + ".making/left");  // of a killed process
    QCOMPARE(place.import()->rows(), uint64_t{5000});
    QCOMPARE(std::distance(fs::directory_iterator(place.cache()), fs::directory_iterator()), 1);
  }

  void anEmptySetHasNoRows() {
    const Place place(Tables{{.rows = 0}});
    const auto store = place.import();
    QCOMPARE(store->rows(), uint64_t{0});
    QVERIFY(store->find(MetadataColumn::aesthetic)->numbers);
  }
};

DARKROOM_TEST(ColumnStoreTest);
#include "column_store_test.moc"
