// SPDX-License-Identifier: Apache-2.0
// golden/run-wandb031.wandb was written by wandb 0.31 itself (three steps, offline); tests/parity/read_logs.py reads ours with its code.
#include "core/metrics/wandb_log.h"

#include <QTemporaryDir>
#include <protozero/pbf_reader.hpp>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

namespace {

/// key -> value_json of a record's history items; empty for another record.
std::map<std::string, std::string> history_of(const std::string& payload, int64_t* step = nullptr) {
  std::map<std::string, std::string> items;
  protozero::pbf_reader record(payload);
  while (record.next()) {
    if (record.tag() != 2) {
      record.skip();
      continue;
    }
    protozero::pbf_reader history = record.get_message();
    while (history.next()) {
      if (history.tag() == 1) {
        protozero::pbf_reader item = history.get_message();
        std::string key;
        std::string value;
        while (item.next()) {
          if (item.tag() == 2) {
            key += (key.empty() ? "" : ".") + item.get_string();
          } else if (item.tag() == 16) {
            value = item.get_string();
          } else {
            item.skip();
          }
        }
        items[key] = value;
      } else {
        protozero::pbf_reader number = history.get_message();
        while (number.next(1)) {
          const int64_t value = number.get_int64();
          if (step != nullptr) {
            *step = value;
          }
        }
      }
    }
  }
  return items;
}

std::vector<std::map<std::string, std::string>> histories(const fs::path& file) {
  std::vector<std::map<std::string, std::string>> found;
  for (const std::string& record : read_wandb_records(file)) {
    if (auto items = history_of(record); !items.empty()) {
      found.push_back(std::move(items));
    }
  }
  return found;
}

StepReport step_report(int64_t step) {
  StepReport report;
  report.step = step;
  report.time = 1.7e9;
  report.loss = 0.25;
  report.lr = 1e-5;
  report.loss_by_noise[3] = 0.5;
  return report;
}

}  // namespace

class WandbLogTest : public QObject {
  Q_OBJECT

 private slots:
  void theFileOfWandbItselfIsRead() {
    const auto rows = histories(fs::path(DARKROOM_TEST_DATA) / "golden/run-wandb031.wandb");
    QCOMPARE(rows.size(), size_t{3});
    QCOMPARE(rows[1].at("train/loss"), std::string("0.25"));
    QCOMPARE(rows[2].at("_step"), std::string("3"));
  }

  void aRunHasItsFolderItsLinkAndItsRecordsInOrder() {
    QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    WandbWriter writer(root, {.id = "abcd2345", .name = "n", .config = {{"seed", 42}}, .engine_version = "1"});
    writer.report(step_report(7));
    writer.report(step_report(8));
    writer.finish(0);
    QVERIFY(writer.run_folder().filename().string().starts_with("offline-run-2"));
    QVERIFY(writer.run_folder().filename().string().ends_with("-abcd2345"));
    QCOMPARE(writer.path().filename().string(), std::string("run-abcd2345.wandb"));
    QVERIFY(fs::equivalent(root / "latest-run", writer.run_folder()));
    QCOMPARE(QByteArray::fromStdString(read_file(writer.path())).left(7).toHex(), QByteArray("3a572642e1be00"));
    const std::vector<std::string> records = read_wandb_records(writer.path());
    QCOMPARE(records.size(), size_t{7});  // header, run, two times summary and history, exit
    for (size_t i = 0; i < records.size(); ++i) {
      protozero::pbf_reader record(records[i]);
      QVERIFY(record.next(1));
      QCOMPARE(record.get_int64(), static_cast<int64_t>(i + 1));
    }
    const auto rows = histories(writer.path());
    QCOMPARE(rows.size(), size_t{2});
    QCOMPARE(rows[0].at("train/loss"), std::string("0.25"));
    QCOMPARE(rows[0].at("loss_by_noise/3"), std::string("0.5"));
    QVERIFY(!rows[0].contains("train/grad_norm"));  // was not measured
    QCOMPARE(rows[1].at("_step"), std::string("8"));
    int64_t step = 0;
    history_of(records[3], &step);
    QCOMPARE(step, int64_t{7});
  }

  void recordsThatCrossBlocksAreCutAndJoined() {
    QTemporaryDir folder;
    WandbWriter writer(folder.path().toStdString(),
                       {.id = "a", .name = "n", .config = {{"long", std::string(100000, 'x')}}, .engine_version = "1"});
    for (int64_t step = 1; step <= 400; ++step) {
      writer.report(step_report(step));
    }
    QVERIFY(fs::file_size(writer.path()) > 6 * 32768);
    const auto rows = histories(writer.path());
    QCOMPARE(rows.size(), size_t{400});
    QCOMPARE(rows.back().at("_step"), std::string("400"));
  }

  void aPictureIsAFileAndARecordThatNamesIt() {
    QTemporaryDir folder;
    WandbWriter writer(folder.path().toStdString(), {.id = "a", .name = "n", .engine_version = "1"});
    writer.image("samples/forest", 5, 1.7e9, 2, 1, "\x89PNG");
    writer.report(step_report(5));
    writer.image("samples/forest", 9, 1.7e9, 2, 1, "\x89PNG2");
    writer.finish(0);
    const auto rows = histories(writer.path());
    QCOMPARE(rows.size(), size_t{2});  // the step's values and its picture are one record
    QCOMPARE(rows[0].at("train/loss"), std::string("0.25"));
    QCOMPARE(rows[1].at("_step"), std::string("9"));
    const std::string path = Json::parse(rows[0].at("samples/forest.path")).get<std::string>();
    QCOMPARE(read_file(writer.run_folder() / "files" / path), std::string("\x89PNG"));
    QCOMPARE(rows[0].at("samples/forest._type"), std::string("\"image-file\""));
  }

  void aTornRecordEndsTheFileAndAChangedOneIsRefused() {
    QTemporaryDir folder;
    WandbWriter writer(folder.path().toStdString(), {.id = "a", .name = "n", .engine_version = "1"});
    writer.report(step_report(1));
    const std::string whole = read_file(writer.path());
    const fs::path copy = fs::path(folder.path().toStdString()) / "copy.wandb";
    write_file_atomically(copy, whole.substr(0, whole.size() - 3));
    QCOMPARE(histories(copy).size(), size_t{0});
    std::string changed = whole;
    changed[whole.size() - 3] ^= 1;
    write_file_atomically(copy, changed);
    try {
      read_wandb_records(copy);
      QFAIL("read");
    } catch (const Error& error) {
      QCOMPARE(error.code(), ErrorCode::bad_input);
      QVERIFY(std::string(error.what()).find("offset") != std::string::npos);
    }
  }
};

DARKROOM_TEST(WandbLogTest);
#include "wandb_log_test.moc"
