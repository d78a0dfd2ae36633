// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_place.h"

#include <QLocale>
#include <cmath>

#include "tests/test_registry.h"

using namespace darkroom::app;  // NOLINT

class RunPlaceTest : public QObject {
  Q_OBJECT

  static RunPlace halfWay() {
    RunPlace place;
    place.phases = {{"low", 4}, {"high", 6}};
    place.step = 600;
    place.stepCount = 1000;
    place.epoch = 6;
    place.phase = 2;
    place.secondsPerStep = 0.5;
    return place;
  }

 private slots:
  void initTestCase() { QLocale::setDefault(QLocale(QLocale::English)); }

  void placeIsSaidAsPeopleCount() {
    RunPlace place = halfWay();
    QCOMPARE(place.text(), QString("phase 2 of 2, epoch 7 of 10, step 600 of 1,000"));
    place.epoch = 10;
    QVERIFY(place.text().contains("epoch 10 of 10"));
    QCOMPARE(RunPlace().text(), QString("step 0"));
  }

  void timeLeftFollowsFromThePace() {
    RunPlace place = halfWay();
    QCOMPARE(place.progress(), 0.6);
    QCOMPARE(place.secondsLeft(), 200.0);
    // Four epochs of 100 steps are left in this phase.
    QCOMPARE(place.phaseSecondsLeft(), 200.0);
    place.phase = 1;
    place.epoch = 3;
    place.step = 300;
    QCOMPARE(place.phaseSecondsLeft(), 50.0);
    place.secondsPerStep = std::numeric_limits<double>::quiet_NaN();
    QVERIFY(std::isnan(place.secondsLeft()));
    QVERIFY(std::isnan(RunPlace().phaseSecondsLeft()));
  }

  void stripSharesItsWidthByEpochs() {
    const RunPlace place = halfWay();
    const QList<PhaseItem> items = place.items(true);
    QCOMPARE(items.size(), 2);
    QCOMPARE(items[0].share, 0.4);
    QCOMPARE(items[0].progress, 1.0);
    QVERIFY(!items[0].active);
    QCOMPARE(items[1].progress, 2.0 / 6);
    QVERIFY(items[1].active);
    QVERIFY(!place.items(false)[1].active);
  }

  void phasesWithoutEpochsShareEvenly() {
    RunPlace place;
    place.phases = {{"a", 0}, {"b", 0}};
    QCOMPARE(place.items(false)[1].share, 0.5);
    QCOMPARE(place.items(false)[1].progress, 0.0);
  }
};

DARKROOM_TEST(RunPlaceTest);
#include "run_place_test.moc"
