// SPDX-License-Identifier: Apache-2.0
#include "core/train/run_recorder.h"

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/run/run_lock.h"
#include "tests/core/run/run_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

StepReport row(int64_t step) {
  StepReport report;
  report.step = step;
  report.time = 1e9;
  report.loss = 1.0 / static_cast<double>(step);
  return report;
}

std::vector<int64_t> steps_of(const RunDirectory& run) {
  std::vector<int64_t> steps;
  for (const StepReport& report : MetricsTail(run.metrics_file()).poll().rows) {
    steps.push_back(report.step);
  }
  return steps;
}

std::vector<std::filesystem::path> event_files(const RunDirectory& run) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::exists(run.events_folder())) {
    for (const auto& entry : std::filesystem::directory_iterator(run.events_folder())) {
      files.push_back(entry.path());
    }
  }
  return files;
}

}  // namespace

class RunRecorderTest : public QObject {
  Q_OBJECT

 private slots:
  void aResumeTakesBackTheRowsThatItWillMakeAgain() {
    const QTemporaryDir folder;
    const RunDirectory run = make_run(folder);
    RunControl control(run);
    {
      RunRecorder recorder(run, {.tensorboard = false}, control, 0);
      QCOMPARE(recorder.dropped_rows(), int64_t{0});
      for (int64_t step = 1; step <= 5; ++step) {
        recorder.report(row(step));
      }
      recorder.sync();
    }
    RunRecorder recorder(run, {.tensorboard = false}, control, 3);
    QCOMPARE(recorder.dropped_rows(), int64_t{2});
    QVERIFY((steps_of(run) == std::vector<int64_t>{1, 2, 3}));
    recorder.report(row(4));
    QVERIFY((steps_of(run) == std::vector<int64_t>{1, 2, 3, 4}));  // at once, without a sync
  }

  void eventsAreWrittenWhereTheyAreWished() {
    const QTemporaryDir folder;
    const RunDirectory quiet = make_run(folder, "quiet");
    RunControl quiet_control(quiet);
    RunRecorder quiet_recorder(quiet, {.tensorboard = false}, quiet_control, 0);
    quiet_recorder.report(row(1));
    quiet_recorder.sync();
    QVERIFY(event_files(quiet).empty());

    const RunDirectory run = make_run(folder, "run");
    RunControl control(run);
    RunRecorder recorder(run, {.tensorboard = true}, control, 0);
    StepReport validated = row(4);
    validated.validation_loss = 0.125;
    recorder.report(validated);
    QCOMPARE(event_files(run).size(), size_t{1});
    const auto scalars = read_tensorboard_scalars(event_files(run).front());
    const auto has = [&](const std::string& tag, double value) {
      return std::any_of(scalars.begin(), scalars.end(), [&](const TensorboardScalar& scalar) {
        return scalar.step == 4 && scalar.value == value && (tag.empty() || scalar.tag == tag);
      });
    };
    QVERIFY(has("validation/loss", 0.125));
    QVERIFY(has("", 0.25));  // the step's loss
  }

  void weightsAndBiasesGetsOneRunOfAllLaunches() {
    const QTemporaryDir folder;
    const RunDirectory run = make_run(folder);
    RunControl control(run);
    const std::filesystem::path samples = run.samples_of(2);
    std::filesystem::create_directories(samples);
    std::filesystem::copy_file(DARKROOM_SOURCE_DIR "/tests/core/image/data/palette.png", samples / "01_forest.png");
    for (const int64_t first : {0, 2}) {
      RunRecorder recorder(run, {.tensorboard = true, .wandb = "offline"}, control, first);
      recorder.sampled(first + 2, 1e9, samples);
      recorder.report(row(first + 1));
      recorder.report(row(first + 2));
      recorder.journal(JournalEvent::stopped, {{"step", first + 2}});
    }
    std::vector<std::filesystem::path> launches;
    for (const auto& entry : std::filesystem::directory_iterator(run.wandb_folder())) {
      if (!entry.is_symlink()) {
        launches.push_back(entry.path());
      }
    }
    QCOMPARE(launches.size(), size_t{2});
    for (const std::filesystem::path& launch : launches) {
      QVERIFY(launch.filename().string().ends_with(run.info().id));
      const std::vector<std::string> records = read_wandb_records(launch / ("run-" + run.info().id + ".wandb"));
      QVERIFY(records.size() >= 7);  // header, run, files, two steps of two records, exit
      const auto with = [&](const std::string& text) {
        return std::count_if(records.begin(), records.end(),
                             [&](const std::string& record) { return record.find(text) != std::string::npos; });
      };
      QCOMPARE(with("train/loss"), std::ptrdiff_t{4});                      // of each step its summary and its history
      QCOMPARE(with("media/images/samples/01_forest"), std::ptrdiff_t{3});  // the file, and the picture in both
    }
    for (const std::filesystem::path& file : event_files(run)) {
      QVERIFY(read_file(file).find("samples/01_forest") != std::string::npos);
    }
  }

  void aWishIsHandedOverOnce() {
    const QTemporaryDir folder;
    const RunDirectory run = make_run(folder);
    const RunLock lock(run.lock_file());
    RunControl control(run);
    RunRecorder recorder(run, {.tensorboard = false}, control, 0);
    QVERIFY(!recorder.wishes().stop && !recorder.wishes().save);
    send_request(run, RunRequestKind::save, "a test");
    RunRecorder::Wishes wishes = recorder.wishes();
    QVERIFY(wishes.save && !wishes.stop);
    send_request(run, RunRequestKind::save, "a test");
    send_request(run, RunRequestKind::stop, "a test");
    wishes = recorder.wishes();
    QVERIFY(wishes.save && wishes.stop);
    wishes = recorder.wishes();
    QVERIFY(!wishes.save && !wishes.stop);
  }

  void journalEntriesReachTheRunsJournal() {
    const QTemporaryDir folder;
    const RunDirectory run = make_run(folder);
    RunControl control(run);
    RunRecorder(run, {.tensorboard = false}, control, 0).journal(JournalEvent::saved, {{"step", 3}});
    const std::vector<JournalEntry> entries = Journal(run.journal_file()).read();
    QCOMPARE(entries.size(), size_t{1});
    QCOMPARE(entries[0].event, JournalEvent::saved);
    QCOMPARE(entries[0].fields.at("step").get<int>(), 3);
  }
};

DARKROOM_TEST(RunRecorderTest);
#include "run_recorder_test.moc"
