// SPDX-License-Identifier: Apache-2.0
#include "core/train/run_recorder.h"

#include <algorithm>

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
    quiet_recorder.validated(1, 1e9, 0.5);
    quiet_recorder.sync();
    QVERIFY(event_files(quiet).empty());

    const RunDirectory run = make_run(folder, "run");
    RunControl control(run);
    RunRecorder recorder(run, {.tensorboard = true}, control, 0);
    recorder.report(row(4));
    recorder.validated(4, 1e9, 0.125);
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
