// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/trained_batch.h"

#include <QFileInfo>
#include <QSignalSpy>

#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

class TrainedBatchTest : public QObject {
  Q_OBJECT

 private slots:
  void aStepShowsItsPicturesAndCaptions() {
    TrainedBatch batch;
    batch.setCommand(fixture::fakeEngine());
    QCOMPARE(batch.state(), TrainedBatch::Idle);
    batch.load("/runs/a", 7);
    QCOMPARE(batch.state(), TrainedBatch::Loading);
    QTRY_COMPARE_WITH_TIMEOUT(batch.state(), TrainedBatch::Ready, 20000);
    QCOMPARE(batch.samples()->rowCount(), 3);
    const BatchSampleItem& last = batch.samples()->at(2);
    QCOMPARE(last.caption, QString("at step 7"));
    QVERIFY(last.captionDropped && !batch.samples()->at(0).captionDropped);
    QVERIFY2(last.help.contains("food, noise level 200") && last.help.contains("picture 2"), qPrintable(last.help));
    QVERIFY(QFileInfo::exists(last.imageUrl.toLocalFile()));
    QVERIFY2(batch.summary().contains("3") && batch.summary().contains("1 without caption"), qPrintable(batch.summary()));
    const QString picture = last.imageUrl.toLocalFile();
    batch.close();
    QCOMPARE(batch.samples()->rowCount(), 0);
    QVERIFY(!QFileInfo::exists(picture));  // nothing is left on the disk
  }

  void onlyTheLastOfManyStepsIsAskedFor() {
    TrainedBatch batch;
    batch.setCommand(fixture::fakeEngine());
    QSignalSpy changed(&batch, &TrainedBatch::changed);
    for (int step = 1; step <= 13; ++step) {
      batch.load("/runs/a", step);
    }
    batch.load("/runs/a", 20);
    batch.load("/runs/a", 20);
    QTRY_COMPARE_WITH_TIMEOUT(batch.state(), TrainedBatch::Ready, 20000);
    QCOMPARE(batch.samples()->at(0).caption, QString("at step 20"));
    QTest::qWait(500);
    QCOMPARE(changed.count(), 15);  // fourteen loads and one answer
  }

  void whatCannotBeToldSaysWhy() {
    TrainedBatch batch;
    batch.load("/runs/a", 1);
    QCOMPARE(batch.state(), TrainedBatch::Idle);  // there is no engine to ask
    batch.setCommand(fixture::fakeEngine());
    batch.load("/runs/a", 13);
    QTRY_COMPARE_WITH_TIMEOUT(batch.state(), TrainedBatch::Failed, 20000);
    QCOMPARE(batch.errorText(), QString("There is no step 13."));
    batch.load("/runs/a", 14);
    QTRY_COMPARE_WITH_TIMEOUT(batch.state(), TrainedBatch::Ready, 20000);
    QVERIFY(batch.errorText().isEmpty());
  }

  void aRunOfAnotherComputerShowsCaptionsAlone() {
    TrainedBatch batch;
    EngineCommand command = fixture::fakeEngine();
    command.host = "elsewhere";
    batch.setCommand(command);
    batch.load("/runs/a", 3);
    QTRY_COMPARE_WITH_TIMEOUT(batch.state(), TrainedBatch::Ready, 20000);
    QVERIFY(batch.samples()->at(0).imageUrl.isEmpty());
    QCOMPARE(batch.samples()->at(0).caption, QString("at step 3"));
  }
};

DARKROOM_TEST(TrainedBatchTest);
#include "trained_batch_test.moc"
