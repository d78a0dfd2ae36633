// SPDX-License-Identifier: Apache-2.0
// The machine's clock leaps a day to and fro at every third reading, and ten years after half the run: rows and journal show it, and
// nothing else does.
#include <atomic>
#include <memory>

#include "core/base/wall_clock.h"
#include "core/metrics/metrics_log.h"
#include "core/metrics/tensorboard_events.h"
#include "core/run/run_lock.h"
#include "tests/core/train/training_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

constexpr double day_s = 86'400;

/// A clock that leaps; readings are counted over all threads.
class LeapingClock {
 public:
  double operator()() {
    const int64_t reading = readings_->fetch_add(1);
    const double leap_s = static_cast<double>(reading / 3 % 3 - 1) * day_s;
    const double years_s = reading > 15 ? 3650 * day_s : 0;
    return 1.8e9 + static_cast<double>(reading) + leap_s + years_s;
  }
  int64_t readings() const { return readings_->load(); }

 private:
  std::shared_ptr<std::atomic<int64_t>> readings_ = std::make_shared<std::atomic<int64_t>>(0);
};

std::vector<StepReport> rows_of(const RunDirectory& run) { return MetricsTail(run.metrics_file()).poll().rows; }

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Names of the events, in the order of the journal.
std::vector<std::string> events_of(const RunDirectory& run) {
  std::vector<std::string> events;
  for (const JournalEntry& entry : Journal(run.journal_file()).read()) {
    events.emplace_back(journal_event_name(entry.event));
  }
  return events;
}

}  // namespace

class ClockJumpTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { training_ = std::make_unique<TinyTraining>(); }

  void aRunUnderALeapingClockIsTheSameRun_data() {
    QTest::addColumn<int>("ranks");
    QTest::newRow("one rank") << 1;
    QTest::newRow("two ranks") << 2;
  }

  void aRunUnderALeapingClockIsTheSameRun() {
    QFETCH(const int, ranks);
    TrainingPlan plan = training_->plan(ranks);
    plan.checkpoint.keep_epochs = false;
    plan.checkpoint.keep_last = 2;  // what is kept is decided by steps
    const RunDirectory steady = training_->new_run(plan);
    TinyTraining::train(steady, ranks, 5);
    TinyTraining::train(steady, ranks);

    const LeapingClock leaping;
    const WallClockReplacement clock(leaping);
    const RunDirectory jumpy = training_->new_run(plan);
    TinyTraining::train(jumpy, ranks, 5);
    TinyTraining::train(jumpy, ranks);
    QVERIFY2(leaping.readings() > 20, std::to_string(leaping.readings()).c_str());

    QCOMPARE(TinyTraining::hash_at(jumpy, 10), TinyTraining::hash_at(steady, 10));
    QCOMPARE(names_in(jumpy.checkpoints_folder()), names_in(steady.checkpoints_folder()));
    QCOMPARE(events_of(jumpy), events_of(steady));
    int64_t seq = 0;
    for (const JournalEntry& entry : Journal(jumpy.journal_file()).read()) {
      QCOMPARE(entry.seq, ++seq);
    }
    const std::vector<StepReport> expected = rows_of(steady);
    const std::vector<StepReport> rows = rows_of(jumpy);
    QCOMPARE(rows.size(), size_t{10});
    bool went_back = false;
    for (size_t i = 0; i < rows.size(); ++i) {
      QCOMPARE(rows[i].step, expected[i].step);
      QCOMPARE(rows[i].loss, expected[i].loss);
      QCOMPARE(rows[i].lr, expected[i].lr);
      QVERIFY(rows[i].step_ms >= 0 && rows[i].step_ms < 3'600'000 && rows[i].images_per_s > 0);
      went_back = went_back || (i > 0 && rows[i].time < rows[i - 1].time);
    }
    QVERIFY(went_back);  // the rows do tell the clock's time: there was a jump
  }

  void theTimeThatIsLeftIsNeverNegative() {
    const LeapingClock leaping;
    const WallClockReplacement clock(leaping);
    const RunDirectory run = training_->new_run(training_->plan());
    TinyTraining::train(run, 1, 6);
    const RunLock lock(run.lock_file());
    Journal(run.journal_file()).append(JournalEvent::resumed, Json{{"step", 6}});
    const RunStatus status = run.status();
    QCOMPARE(status.state, RunState::running);
    QCOMPARE(status.step, int64_t{6});
    QVERIFY(status.seconds_left && *status.seconds_left >= 0 && *status.seconds_left < 3600);
  }

  void askingStillWorks() {
    const LeapingClock leaping;
    const WallClockReplacement clock(leaping);
    const RunDirectory run = training_->new_run(training_->plan());
    const RunLock lock(run.lock_file());
    RunControl control(run);
    send_request(run, RunRequestKind::stop, "a test");
    const TrainingPlan plan = run.plan();
    std::vector<int64_t> steps;
    on_ranks(1, [&](ProcessGroup& group) {
      const TrainingResult result = run_training(run, plan, group, {.device = torch::kCPU}, control, CancelToken());
      steps.push_back(result.step);
      return result.step;
    });
    QVERIFY(steps.front() >= 1 && steps.front() <= 2);
    QCOMPARE(TinyTraining::entries(run, JournalEvent::stopped).size(), size_t{1});
  }

  void aLaterLaunchHasTheLaterEventFile() {
    QTemporaryDir folder;
    const fs::path path = folder.path().toStdString();
    double now_s = 1.8e9;
    const WallClockReplacement clock([&now_s] { return now_s; });
    std::vector<std::string> made;
    for (const double leap_s : {0.0, -day_s, 0.0, 5.0, 10 * day_s, -day_s}) {
      now_s = 1.8e9 + leap_s;
      made.push_back(TensorboardWriter(path).path().filename().string());
    }
    QCOMPARE(made.size(), names_in(path).size());
    QCOMPARE(names_in(path), made);  // sorted by name they are in the order in which they were made
  }

 private:
  std::unique_ptr<TinyTraining> training_;
};

DARKROOM_TEST(ClockJumpTest);
#include "clock_jump_test.moc"
