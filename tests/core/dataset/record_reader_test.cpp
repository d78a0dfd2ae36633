// SPDX-License-Identifier: Apache-2.0
// The source run's batch and dataset in data/source_run are written by tests/parity/make_record_goldens.py with pyarrow and datasets.
#include "core/dataset/record_reader.h"

#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/format.h"
#include "core/text/clip_tokenizer.h"
#include "tests/core/dataset/data_files.h"
#include "tests/core/dataset/dataset_on_disk.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

std::vector<ImageRecord> all_of(const fs::path& where) {
  RecordReader reader(where);
  std::vector<ImageRecord> records;
  for (ImageRecord record; reader.next(record);) {
    records.push_back(record);
  }
  return records;
}

ImageRecord full_record(const std::string& key) {
  ImageRecord record = a_record(key);
  record.phash = 0x0123456789ABCDEFULL;
  record.aesthetic = 6.5F;
  return record;
}

}  // namespace

class RecordReaderTest : public QObject {
  Q_OBJECT
 private slots:
  void whatIsWrittenToParquetComesBack() {
    const QTemporaryDir folder;
    const fs::path file = folder.filePath("rows.parquet").toStdString();
    ParquetRecordWriter writer(file);
    for (int i = 0; i < 12'001; ++i) {  // more than two row groups
      writer.append(i == 0 ? full_record("first") : a_record(format("k{}", i)));
    }
    QVERIFY(!fs::exists(file));
    writer.finish();
    const std::vector<ImageRecord> records = all_of(file);
    QCOMPARE(records.size(), size_t{12'001});
    QCOMPARE(RecordReader(file).rows(), uint64_t{12'001});
    QVERIFY(records[0].phash == std::optional(uint64_t{0x0123456789ABCDEF}) && records[0].aesthetic == std::optional(6.5F));
    QVERIFY(!records[1].phash && !records[1].aesthetic);
    QCOMPARE(records[12'000].image_key, std::string("k12000"));
    QVERIFY(records[12'000].input_ids == a_record("k12000").input_ids);
    QCOMPARE(records[5'000].category, std::string("animals"));
  }

  void theSameRecordsMakeTheSameBytes() {
    const QTemporaryDir folder;
    for (const char* name : {"a.parquet", "b.parquet"}) {
      ParquetRecordWriter writer(folder.filePath(name).toStdString());
      writer.append(full_record("one"));
      writer.finish();
    }
    QVERIFY(read_file(folder.filePath("a.parquet").toStdString()) == read_file(folder.filePath("b.parquet").toStdString()));
  }

  void aDatasetFolderReadsAlike() {
    const QTemporaryDir folder;
    const fs::path path = folder.filePath("set").toStdString();
    write_split(path, {full_record("a"), a_record("b")});
    const std::vector<ImageRecord> records = all_of(path);
    QCOMPARE(records.size(), size_t{2});
    QCOMPARE(*records[0].phash, uint64_t{0x0123456789ABCDEF});
  }

  void batchesAndDatasetsOfTheSourceRunAreRead() {
    for (const char* name : {"source_run/batch_000000.parquet", "source_run/dataset"}) {
      const std::vector<ImageRecord> records = all_of(data_path(name));
      QCOMPARE(records.size(), size_t{3});
      QCOMPARE(records[1].image_key, std::string("00000.tar::000000001"));
      QCOMPARE(records[1].caption, std::string("caf\xC3\xA9 at night"));
      CaptionTokens ids;
      ClipTokenizer::builtin().encode_into(records[1].caption, ids.data(), nullptr);
      QVERIFY(records[1].input_ids == ids);
      QVERIFY(records[1].image_hash.empty() && records[1].width == 0);
    }
  }

  void captionsWithoutTokensAreTokenised() {
    const std::vector<ImageRecord> records = all_of(data_path("source_run/captions_only"));
    CaptionTokens ids;
    ClipTokenizer::builtin().encode_into(records.at(0).caption, ids.data(), nullptr);
    QVERIFY(records[0].input_ids == ids);
  }

  void aRowWithAnotherPicturesCaptionIsRefused() {
    // The checksum column of the golden belongs to the captions as they were; two of them were exchanged afterwards.
    const std::string error = error_of([] { all_of(data_path("source_run/exchanged.parquet")); });
    QVERIFY2(error.find("do not belong together") != std::string::npos && error.find("a.tar::1") != std::string::npos &&
                 error.find("exchanged.parquet") != std::string::npos,
             error.c_str());
  }

  void theChecksumBindsAllThreeParts() {
    const std::string sum = record_checksum("key", "caption", "hash");
    QCOMPARE(sum.size(), size_t{16});
    QVERIFY(sum != record_checksum("key2", "caption", "hash") && sum != record_checksum("key", "Caption", "hash"));
    QVERIFY(sum != record_checksum("key", "caption", "hash2") && sum != record_checksum("keyc", "aption", "hash"));
    check_record("here", "key", "caption", "hash", "");
    check_record("here", "key", "caption", "hash", sum);
    QVERIFY_EXCEPTION_THROWN(check_record("here", "key", "other", "hash", sum), Error);
  }

  void inputsAreFoundAsPeopleNameThem() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    for (const char* name : {"b.parquet", "a.parquet", ".hidden.parquet"}) {
      ParquetRecordWriter writer(root / name);
      writer.finish();
    }
    QCOMPARE(record_inputs({root}), (std::vector<fs::path>{root / "a.parquet", root / "b.parquet"}));
    QCOMPARE(record_inputs({data_path("hfdd")}), (std::vector<fs::path>{data_path("hfdd") / "train", data_path("hfdd") / "test"}));
    QCOMPARE(record_inputs({data_path("hfds")}), std::vector<fs::path>{data_path("hfds")});
    fs::create_directories(root / "empty");
    QVERIFY(error_of([&] { record_inputs({root / "empty"}); }).find("neither parquet files nor a dataset") != std::string::npos);
    QVERIFY(error_of([&] { record_inputs({root / "nowhere"}); }).find("no such") != std::string::npos);
  }

  void damagedAndForeignFilesAreNamed() {
    const QTemporaryDir folder;
    const fs::path file = folder.filePath("x.parquet").toStdString();
    write_file_atomically(file, "this is no parquet file");
    QVERIFY(error_of([&] { RecordReader reader(file); }).find("x.parquet") != std::string::npos);
    const std::string error = error_of([] { all_of(data_path("hfds")); });
    QVERIFY2(error.find("image_key") != std::string::npos && error.find("aesthetic") != std::string::npos, error.c_str());
  }
};

DARKROOM_TEST(RecordReaderTest);
#include "record_reader_test.moc"
