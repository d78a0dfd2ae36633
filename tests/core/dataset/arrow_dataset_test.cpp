// SPDX-License-Identifier: Apache-2.0
#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/dataset/arrow_dataset.h"
#include "core/dataset/dataset_layout.h"
#include "tests/core/dataset/data_files.h"
#include "tests/core/dataset/dataset_on_disk.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

class ArrowDatasetTest : public QObject {
  Q_OBJECT
 private slots:
  void readsWhatDatasetsSaved() {
    // Two files, written by datasets' save_to_disk.
    const ArrowDataset dataset(data_path("hfds"));
    QCOMPARE(dataset.size(), uint64_t{5});
    QVERIFY(dataset.has("latent"));
    QCOMPARE(dataset.text("text", 0), std::string_view("a"));
    QCOMPARE(dataset.text("text", 1), std::string_view("b"));
    QCOMPARE(dataset.text("cat", 1), std::string_view("w"));  // large_string
    QCOMPARE(dataset.number("aesthetic", 1), 2.0);
    QCOMPARE(dataset.integer("label", 1), int64_t{1});
    const auto ids = dataset.int32_list("ids", 4);
    QCOMPARE(std::vector<int32_t>(ids.begin(), ids.end()), (std::vector<int32_t>{1, 2}));
    QVERIFY(dataset_splits(data_path("hfds")).empty());
  }

  void readsTheSplitsOfADatasetDict() {
    QCOMPARE(dataset_splits(data_path("hfdd")), (std::vector<std::string>{"train", "test"}));
    QCOMPARE(ArrowDataset(data_path("hfdd") / "train").size(), uint64_t{5});
    QCOMPARE(ArrowDataset(data_path("hfdd") / "test").text("text", 2), ArrowDataset(data_path("hfdd") / "train").text("text", 2));
  }

  void readsTheSmallestFolder() {
    const ArrowDataset dataset(data_path("mini"));
    QCOMPARE(dataset.size(), uint64_t{2});
    QCOMPARE(dataset.text("latent", 0), std::string_view("\0\1", 2));
    QCOMPARE(dataset.column_type("v"), std::string("fixed_size_list<item: float>[2]"));
  }

  void recordsComeBackFromSeveralFiles() {
    const QTemporaryDir folder;
    const fs::path path = folder.filePath("train").toStdString();
    ArrowDatasetWriter writer(path, {}, 3);
    for (int i = 0; i < 8; ++i) {
      writer.append(a_record(format("k{}", i)));
    }
    QVERIFY(!fs::exists(path));
    writer.finish();
    QVERIFY(fs::exists(path / "data-00002-of-00003.arrow"));
    const ArrowDataset dataset(path);
    QCOMPARE(dataset.size(), uint64_t{8});
    const ImageRecord record = read_image_record(dataset, 7);
    const ImageRecord expected = a_record("k7");
    QCOMPARE(record.image_key, expected.image_key);
    QCOMPARE(record.caption, expected.caption);
    QVERIFY(record.input_ids == expected.input_ids && record.attention_mask == expected.attention_mask);
    QCOMPARE(record.image_hash, expected.image_hash);
    QCOMPARE(record.width, 20);
    QCOMPARE(dataset.int32_list("input_ids", 4)[1], int32_t{'4'});
  }

  void fileIsAStreamWithAnEndMark() {
    const QTemporaryDir folder;
    const fs::path path = folder.filePath("train").toStdString();
    write_split(path, {a_record("k")});
    const std::string bytes = read_file(path / "data-00000-of-00001.arrow");
    QCOMPARE(bytes.substr(0, 4), std::string("\xFF\xFF\xFF\xFF"));
    QCOMPARE(bytes.substr(bytes.size() - 8), std::string("\xFF\xFF\xFF\xFF\0\0\0\0", 8));
    const Json state = read_json_file(path / "state.json");
    for (const char* key :
         {"_data_files", "_fingerprint", "_format_columns", "_format_kwargs", "_format_type", "_output_all_columns", "_split"}) {
      QVERIFY2(state.contains(key), key);
    }
    QCOMPARE(state["_fingerprint"].get<std::string>().size(), size_t{16});
  }

  void sameRowsGiveTheSameFingerprint() {
    const QTemporaryDir folder;
    std::vector<std::string> prints;
    for (const char* name : {"a", "b", "c"}) {
      const fs::path path = folder.filePath(name).toStdString();
      write_split(path, {a_record(name[0] == 'c' ? "other" : "k")});
      prints.push_back(read_json_file(path / "state.json")["_fingerprint"]);
    }
    QCOMPARE(prints[0], prints[1]);
    QVERIFY(prints[0] != prints[2]);
  }

  void missingAndWrongColumnsAreNamed() {
    const ArrowDataset dataset(data_path("hfds"));
    try {
      dataset.text("captoin", 0);
      QFAIL("found a column that is not there");
    } catch (const Error& error) {
      QVERIFY(std::string(error.what()).find("no column \"captoin\"; it has image, text") != std::string::npos);
    }
    QVERIFY_EXCEPTION_THROWN(dataset.text("label", 0), Error);
    QVERIFY_EXCEPTION_THROWN(dataset.int32_list("text", 0), Error);
    QVERIFY_EXCEPTION_THROWN(dataset.text("text", 5), std::invalid_argument);
  }

  void damagedFoldersAreRefused() {
    const QTemporaryDir folder;
    const fs::path path = folder.filePath("d").toStdString();
    QVERIFY_EXCEPTION_THROWN(ArrowDataset{path}, Error);
    QVERIFY_EXCEPTION_THROWN(dataset_splits(path), Error);
    write_split(path, {a_record("k")});
    const std::string good = read_file(path / "data-00000-of-00001.arrow");
    for (size_t cut = 4; cut < good.size() - 8; cut += 97) {
      write_file_atomically(path / "data-00000-of-00001.arrow", good.substr(0, cut));
      QVERIFY_EXCEPTION_THROWN(ArrowDataset{path}, Error);
    }
    write_file_atomically(path / "data-00000-of-00001.arrow", "ARROW1" + good);
    QVERIFY_EXCEPTION_THROWN(ArrowDataset{path}, Error);
    write_file_atomically(path / "state.json", R"({"_data_files": [{"filename": "../../etc/passwd"}]})");
    QVERIFY_EXCEPTION_THROWN(ArrowDataset{path}, Error);
    fs::remove(path / "data-00000-of-00001.arrow");
    write_file_atomically(path / "state.json", R"({"_data_files": [{"filename": "data-00000-of-00001.arrow"}]})");
    QVERIFY_EXCEPTION_THROWN(ArrowDataset{path}, Error);
  }
};

DARKROOM_TEST(ArrowDatasetTest);
#include "arrow_dataset_test.moc"
