// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/step_pace.h"

#include <cmath>

#include "tests/test_registry.h"

using namespace darkroom::app;  // NOLINT

class StepPaceTest : public QObject {
  Q_OBJECT

 private slots:
  void speedCountsFromTheFirstStepThatWasTold() {
    StepPace pace;
    pace.begin(20);
    QVERIFY(std::isnan(pace.stepsPerSecond()));
    pace.advance(1, 20, 60000);  // a minute of loading before it
    QVERIFY(std::isnan(pace.secondsLeft()));
    pace.advance(5, 20, 62000);
    QCOMPARE(pace.stepsPerSecond(), 2.0);
    QCOMPARE(pace.secondsLeft(), 7.5);
    QCOMPARE(pace.secondsLeft(2), 27.5);
    QCOMPARE(pace.fraction(), 0.25);
    QVERIFY(!pace.complete());
    pace.advance(20, 20, 70000);
    QVERIFY(pace.complete());
    QCOMPARE(pace.secondsLeft(), 0.0);
  }

  void nextImageKeepsTheSpeedAndAnotherRequestForgetsIt() {
    StepPace pace;
    pace.begin(10);
    pace.advance(1, 10, 0);
    pace.advance(3, 10, 1000);
    pace.begin(10);
    QCOMPARE(pace.step(), 0);
    QCOMPARE(pace.stepsPerSecond(), 2.0);
    QCOMPARE(pace.secondsLeft(), 5.0);
    pace.forget();
    QVERIFY(std::isnan(pace.secondsLeft()));
  }

  void unknownNumberOfStepsIsNoProgress() {
    StepPace pace;
    pace.begin(0);
    QCOMPARE(pace.fraction(), 0.0);
    pace.advance(12, 10, 5);
    QCOMPARE(pace.fraction(), 1.0);
  }
};

DARKROOM_TEST(StepPaceTest);
#include "step_pace_test.moc"
