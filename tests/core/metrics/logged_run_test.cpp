// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/logged_run.h"

#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/metrics/tensorboard_events.h"
#include "core/metrics/wandb_log.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

namespace {

StepReport report(int64_t step, double loss) {
  StepReport row;
  row.step = step;
  row.time = 1.7e9 + static_cast<double>(step);
  row.loss = loss;
  return row;
}

}  // namespace

class LoggedRunTest : public QObject {
  Q_OBJECT

 private slots:
  void theFileOfPyTorchsWriterIsARun() {
    QTemporaryDir folder;
    const fs::path place = fs::path(folder.path().toStdString()) / "runs" / "first";
    fs::create_directories(place);
    fs::copy_file(fs::path(DARKROOM_TEST_DATA) / "golden/events.out.tfevents.pytorch", place / "events.out.tfevents.1.x.1.0");
    const std::vector<LoggedRun> runs = read_logged_runs(folder.path().toStdString());
    QCOMPARE(runs.size(), size_t{1});
    QCOMPARE(runs[0].name, std::string("runs/first"));
    QVERIFY(runs[0].config.is_null());
    QCOMPARE(runs[0].series.at("loss").value.size(), size_t{1});
    QVERIFY(runs[0].series.at("loss").time_s[0] > 1e9);
  }

  void everyFolderOfEventsIsARunOfItsOwn() {
    QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    TensorboardWriter(root / "b").scalar("loss", 1, 1, 2);
    TensorboardWriter(root / "a").scalar("loss", 1, 1, 1);
    TensorboardWriter(root).scalar("loss", 1, 1, 3);
    const std::vector<LoggedRun> runs = read_logged_runs(root);
    QCOMPARE(runs.size(), size_t{3});
    QCOMPARE(runs[0].name, root.filename().string());
    QCOMPARE(runs[1].name, std::string("a"));
    QCOMPARE(runs[1].series.at("loss").value[0], 1.0);
  }

  void whatWasTakenBackByARestartLeaves() {
    QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    TensorboardWriter writer(root);
    for (int step = 1; step <= 5; ++step) {
      writer.scalar("loss", step, step, step);
    }
    TensorboardWriter again(root);
    again.scalar("loss", 3, 10, 30);
    again.scalar("loss", 4, 11, std::numeric_limits<double>::quiet_NaN());
    const LoggedSeries loss = read_logged_runs(root)[0].series.at("loss");
    QCOMPARE(loss.step, (std::vector<int64_t>{1, 2, 3}));
    QCOMPARE(loss.value, (std::vector<double>{1, 2, 30}));
    QCOMPARE(loss.time_s.back(), 10.0);
  }

  void launchesOfOneWandbRunAreOneRunWithItsConfig() {
    QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    const WandbRun facts{.id = "abcd1234", .name = "two cards", .config = {{"seed", 42}}, .engine_version = "1", .starting_step = 0};
    {
      WandbWriter first(root / "one", facts);
      for (int step = 1; step <= 4; ++step) {
        first.report(report(step, 1.0 / step));
      }
      first.finish(0);
    }
    {
      WandbWriter second(root / "two", facts);
      second.report(report(3, 0.125));
      second.finish(0);
    }
    const std::vector<LoggedRun> runs = read_logged_runs(root);
    QCOMPARE(runs.size(), size_t{1});
    QCOMPARE(runs[0].name, std::string("two cards"));
    QCOMPARE(runs[0].config.at("seed"), Json(42));
    const LoggedSeries& loss = runs[0].series.at("train/loss");
    QCOMPARE(loss.step, (std::vector<int64_t>{1, 2, 3}));
    QCOMPARE(loss.value.back(), 0.125);
    QVERIFY(loss.time_s[0] > 1.6e9);
    QVERIFY(!runs[0].series.contains("_step"));
  }

  void aFolderWithoutLogsSaysWhatWasLookedFor() {
    QTemporaryDir folder;
    write_file_atomically(fs::path(folder.path().toStdString()) / "readme.txt", "nothing");
    try {
      read_logged_runs(folder.path().toStdString());
      QFAIL("read");
    } catch (const Error& error) {
      QVERIFY2(std::string(error.what()).find("tfevents") != std::string::npos, error.what());
    }
    QVERIFY_EXCEPTION_THROWN(read_logged_runs(folder.path().toStdString() + "/none"), Error);
  }

  void aDamagedFileIsNamed() {
    QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    TensorboardWriter writer(root);
    writer.scalar("loss", 1, 1, 1);
    std::string bytes = read_file(writer.path());
    bytes[bytes.size() - 6] ^= 1;
    write_file_atomically(writer.path(), bytes);
    try {
      read_logged_runs(root);
      QFAIL("read");
    } catch (const Error& error) {
      QVERIFY2(std::string(error.what()).find("tfevents") != std::string::npos, error.what());
    }
  }

  void grownFilesAreFoundBySize() {
    QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    TensorboardWriter writer(root);
    const std::vector<LogFile> before = find_log_files(root);
    writer.scalar("loss", 1, 1, 1);
    const std::vector<LogFile> after = find_log_files(root);
    QCOMPARE(before.size(), size_t{1});
    QVERIFY(before != after);
    QVERIFY(after == find_log_files(root));
  }
};

DARKROOM_TEST(LoggedRunTest);
#include "logged_run_test.moc"
