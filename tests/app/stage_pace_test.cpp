// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/stage_pace.h"

#include "tests/test_registry.h"

using namespace darkroom::app;  // NOLINT

namespace {

/// What a stage says that has just begun.
StageItem begun(double done, double total, const char* unit, double secondsLeft) {
  StagePace pace;
  StageItem item;
  pace.start();
  pace.put(item, done, total, QString::fromLatin1(unit), secondsLeft);
  return item;
}

}  // namespace

class StagePaceTest : public QObject {
  Q_OBJECT

 private slots:
  void bytesAreSaidAsPeopleReadThem() {
    const StageItem item = begun(3.42e9, 32.2e9, "bytes", 47);
    QCOMPARE(item.line, QString("3.4\u00a0GB of 32.2\u00a0GB"));
    QCOMPARE(item.percentText, QString("10.6\u00a0%"));
    QCOMPARE(item.detail, QString("47\u00a0s left"));
  }

  void countsKeepTheirNumbersAndWhatEarlierRunsDidIsNoSpeed() {
    StagePace pace;
    StageItem item;
    pace.start();
    pace.put(item, 400, 1000, QStringLiteral("images"), -1);
    QCOMPARE(item.line, QString("400 of 1,000"));
    QCOMPARE(item.progress, 0.4);
    QTest::qSleep(1100);
    pace.put(item, 400, 1000, QStringLiteral("images"), -1);
    QVERIFY2(item.detail.isEmpty(), qPrintable(item.detail));
    pace.put(item, 900, 1000, QStringLiteral("images"), 0);
    QVERIFY2(item.detail.contains("images/s"), qPrintable(item.detail));
  }

  void whereTheTotalIsNotKnownThereIsNoShare() {
    const StageItem item = begun(3.1e6, 0, "bytes", -1);
    QCOMPARE(item.line, QString("3\u00a0MB"));
    QCOMPARE(item.progress, -1.0);
    QVERIFY(item.percentText.isEmpty());
  }
};

DARKROOM_TEST(StagePaceTest);
#include "stage_pace_test.moc"
