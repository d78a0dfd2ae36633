// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/alarm_watch.h"

#include "app/runs/run_alarms.h"
#include "core/base/wall_clock.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

namespace {

constexpr double kBegin = 1.7e9;

StepReport steadyStep(int64_t step, double loss = 0.1) {
  StepReport report;
  report.step = step;
  report.time = kBegin + static_cast<double>(step);
  report.loss = loss;
  report.grad_norm = 0.4;
  report.step_ms = 1000;
  report.data_wait_ms = 2;
  return report;
}

StepReport validated(int64_t step, std::vector<double> bySource, int64_t phase = 0) {
  StepReport report = steadyStep(step);
  report.phase = phase;
  report.validation_loss_unweighted = 0.1;
  std::copy(bySource.begin(), bySource.end(), report.validation_by_source.begin());
  return report;
}

TrainingPlan plan(const std::vector<std::string>& predictions) {
  TrainingPlan plan;
  plan.clip_norm = 1;
  for (const std::string& prediction : predictions) {
    PhasePlan phase;
    phase.prediction = prediction;
    phase.sources = {{.dataset = "/data/food"}, {.dataset = "/data/city"}};
    plan.phases.push_back(phase);
  }
  return plan;
}

AlarmFacts live(double now) { return {.now = now, .live = true, .secondsPerStep = 1}; }

QStringList texts(const AlarmWatch& watch, const AlarmFacts& facts) {
  QStringList texts;
  for (const RunAlarm& alarm : watch.alarms(facts)) {
    texts << alarm.item.text;
  }
  return texts;
}

}  // namespace

class AlarmWatchTest : public QObject {
  Q_OBJECT

 private slots:
  void aQuietRunHasNone() {
    AlarmWatch watch;
    for (int step = 1; step <= 500; ++step) {
      watch.add(steadyStep(step, step % 2 == 0 ? 0.09 : 0.11));
    }
    QCOMPARE(texts(watch, live(kBegin + 501)), QStringList());
  }

  void aLossThatIsNotFiniteIsOneAlarmHoweverOften() {
    AlarmWatch watch;
    watch.add(steadyStep(1));
    for (int step = 2; step <= 4; ++step) {
      watch.add(steadyStep(step, std::numeric_limits<double>::quiet_NaN()));
    }
    watch.add(steadyStep(500, std::numeric_limits<double>::quiet_NaN()));
    const std::vector<RunAlarm> alarms = watch.alarms(live(kBegin + 501));
    QCOMPARE(alarms.size(), size_t{2});
    QCOMPARE(alarms[0].item.step, 500.0);
    QVERIFY2(alarms[1].item.text.contains("3 steps from 2 to 4"), qPrintable(alarms[1].item.text));
    QCOMPARE(alarms[1].item.kind, QString("error"));
    QVERIFY(!alarms[1].item.done.isEmpty());
  }

  void whatTheGuardSkippedIsLeftToTheJournal() {
    AlarmWatch watch;
    StepReport skipped = steadyStep(1, std::numeric_limits<double>::quiet_NaN());
    skipped.skipped = 1;
    watch.add(skipped);
    QCOMPARE(texts(watch, live(kBegin + 2)), QStringList());
  }

  void aSpikeNeedsAMeanThatIsBelieved() {
    AlarmWatch watch;
    watch.setPlan(plan({"epsilon"}));
    watch.add(steadyStep(1, 0.1));
    watch.add(steadyStep(2, 9));  // the first steps of a run are anything
    for (int step = 3; step <= 1000; ++step) {
      watch.add(steadyStep(step, 0.1));
    }
    QCOMPARE(texts(watch, live(kBegin + 1001)), QStringList());
    StepReport spike = steadyStep(1001, 0.5);
    spike.grad_norm = 8;
    watch.add(spike);
    const std::vector<RunAlarm> alarms = watch.alarms(live(kBegin + 1002));
    QCOMPARE(alarms.size(), size_t{1});
    QCOMPARE(alarms[0].item.kind, QString("info"));
    QVERIFY2(alarms[0].item.text.contains("0.5000"), qPrintable(alarms[0].item.text));
    QVERIFY2(alarms[0].item.done.contains("clipped"), qPrintable(alarms[0].item.done));
  }

  void anotherPhaseHasAnotherMean() {
    AlarmWatch watch;
    for (int step = 1; step <= 300; ++step) {
      watch.add(steadyStep(step, 0.01));
    }
    StepReport next = steadyStep(301, 0.5);
    next.phase = 1;
    watch.add(next);
    QCOMPARE(texts(watch, live(kBegin + 302)), QStringList());
  }

  void aSourceIsForgottenWhenItIsWorseThanItsBest() {
    AlarmWatch watch;
    watch.setPlan(plan({"epsilon"}));
    watch.add(validated(100, {0.122, 0.2}));
    QVERIFY(watch.forgotten().isEmpty());
    watch.add(validated(200, {0.127, 0.19}));  // 4 %: within the margin
    QVERIFY(watch.forgotten().isEmpty());
    watch.add(validated(300, {0.131, 0.18}));
    QCOMPARE(watch.forgotten(), QStringList("food"));
    const std::vector<RunAlarm> alarms = watch.alarms(live(kBegin + 301));
    QCOMPARE(alarms.size(), size_t{1});
    QCOMPARE(alarms[0].item.text, QString("food is being forgotten: 0.131, best 0.122."));
    QVERIFY2(alarms[0].item.done.contains("step 100"), qPrintable(alarms[0].item.done));
    QCOMPARE(alarms[0].item.kind, QString("warning"));
    watch.add(validated(400, {0.121, 0.18}));
    QVERIFY(watch.forgotten().isEmpty());
  }

  void lossesOfAnotherPredictionAreNotCompared() {
    AlarmWatch watch;
    watch.setPlan(plan({"epsilon", "v_prediction"}));
    watch.add(validated(100, {0.1, 0.1}, 0));
    watch.add(validated(200, {0.4, 0.4}, 1));
    QVERIFY(watch.forgotten().isEmpty());
    AlarmWatch same;
    same.setPlan(plan({"epsilon", "epsilon"}));
    same.add(validated(100, {0.1, 0.1}, 0));
    same.add(validated(200, {0.4, 0.4}, 1));
    QCOMPARE(same.forgotten().size(), 2);
  }

  void aStallIsTwiceTheLimitAndOnlyOfALivingRun() {
    AlarmWatch watch;
    watch.add(steadyStep(1));
    QCOMPARE(texts(watch, live(kBegin + 60)).size(), 0);
    QCOMPARE(texts(watch, live(kBegin + 200)).size(), 1);
    AlarmFacts ended = live(kBegin + 200);
    ended.live = false;
    QCOMPARE(texts(watch, ended).size(), 0);
    AlarmFacts slow = live(kBegin + 200);
    slow.secondsPerStep = 30;  // ten steps take five minutes
    QCOMPARE(texts(watch, slow).size(), 0);
  }

  void aClockThatJumpsIsNoStall() {
    double jumped_s = 0;
    const WallClockReplacement clock([&jumped_s] { return kBegin + jumped_s; });
    const auto headOf = [](darkroom::RunState state) {
      RunHead head;
      head.status.state = state;
      head.free_bytes = -1;
      return head;
    };
    StepReport report;
    report.step = 1;
    report.time = kBegin - 3;
    report.loss = 1;
    report.step_ms = 1000;
    RunAlarms alarms;
    alarms.takeHead(headOf(darkroom::RunState::running), {});
    alarms.takeRows({report}, false);
    QCOMPARE(alarms.at(kBegin).size(), size_t{0});
    QCOMPARE(alarms.at(kBegin + 86'400).size(), size_t{0});
    QCOMPARE(alarms.at(kBegin - 86'400).size(), size_t{0});
    // What was silent before anybody looked is told at once, and stays told when the clock is set back.
    jumped_s = 200;
    alarms.takeRows({report}, true);
    QCOMPARE(alarms.at(kBegin + 200).size(), size_t{1});
    QCOMPARE(alarms.at(kBegin - 86'400).size(), size_t{1});
  }

  void waitingForDataIsToldWhileItLasts() {
    AlarmWatch watch;
    for (int step = 1; step <= 100; ++step) {
      StepReport report = steadyStep(step);
      report.data_wait_ms = 700;
      watch.add(report);
    }
    const QStringList told = texts(watch, live(kBegin + 101));
    QCOMPARE(told.size(), 1);
    QVERIFY2(told[0].contains("70"), qPrintable(told[0]));
    for (int step = 101; step <= 200; ++step) {
      watch.add(steadyStep(step));
    }
    QCOMPARE(texts(watch, live(kBegin + 201)), QStringList());
  }

  void aFullDiskIsToldBeforeItIsFull() {
    AlarmWatch watch;
    AlarmFacts facts = live(kBegin);
    facts.freeBytes = 30e9;
    facts.checkpointBytes = 10e9;
    QCOMPARE(texts(watch, facts).size(), 0);
    facts.freeBytes = 19e9;
    QCOMPARE(texts(watch, facts).size(), 1);
    facts.freeBytes = -1;  // not known
    QCOMPARE(texts(watch, facts).size(), 0);
  }

  void heatIsToldAfterAWhile() {
    AlarmWatch watch;
    watch.setDeviceNames({"GPU 0", "GPU 1"});
    for (int i = 0; i < 20; ++i) {
      watch.add(DeviceRow{.device = 1, .time = kBegin + i, .temperature_c = 91});
      watch.add(DeviceRow{.device = 0, .time = kBegin + i, .temperature_c = i == 10 ? 80.0f : 90.0f});
    }
    const QStringList told = texts(watch, live(kBegin + 20));
    QCOMPARE(told, QStringList("GPU 1 is at 91 °C."));
  }

  void theSameTroubleKeepsItsKey() {
    AlarmWatch watch;
    watch.setPlan(plan({"epsilon"}));
    watch.add(validated(100, {0.1, 0.1}));
    watch.add(validated(200, {0.2, 0.1}));
    const QString key = watch.alarms(live(kBegin + 201))[0].key;
    watch.add(validated(300, {0.3, 0.1}));
    QCOMPARE(watch.alarms(live(kBegin + 301))[0].key, key);
  }
};

DARKROOM_TEST(AlarmWatchTest);
#include "alarm_watch_test.moc"
