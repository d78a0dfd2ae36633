// SPDX-License-Identifier: Apache-2.0
#include "core/base/progress.h"

#include "tests/test_registry.h"

using namespace darkroom;

class ProgressTest : public QObject {
  Q_OBJECT

 private slots:
  void manyUpdatesAreFewReportsAndTheLastStateIsAlwaysTold() {
    std::vector<Progress> seen;
    ProgressMeter meter([&seen](const Progress& state) { seen.push_back(state); }, "encode", 1000, "images");
    for (uint64_t i = 0; i <= 1000; ++i) {
      meter.update(i);
    }
    meter.finish("done");
    QVERIFY(seen.size() >= 2);
    QVERIFY2(seen.size() < 50, qPrintable(QString::number(seen.size())));
    QCOMPARE(seen.back().done, uint64_t{1000});
    QCOMPARE(seen.back().note, std::string("done"));
    QCOMPARE(seen.back().stage, std::string("encode"));
  }

  void workOfAnEarlierSessionDoesNotCountForTheRate() {
    std::vector<Progress> seen;
    ProgressMeter meter([&seen](const Progress& state) { seen.push_back(state); }, "download", 1000000, "bytes");
    meter.update(900000);
    QTest::qSleep(20);
    meter.update(900001);
    meter.finish();
    QVERIFY(seen.back().units_per_s.has_value());
    QVERIFY(*seen.back().units_per_s < 1000);
  }

  void withoutATotalThereIsNoTimeLeft() {
    Progress last;
    ProgressMeter meter([&last](const Progress& state) { last = state; }, "fetch", std::nullopt, "items");
    meter.update(0);
    QTest::qSleep(5);
    meter.update(10);
    meter.finish();
    QVERIFY(!last.seconds_left);
    QVERIFY(last.units_per_s.has_value());
  }
};

DARKROOM_TEST(ProgressTest);
#include "progress_test.moc"
