// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/run_view_model.h"

#include <QFile>
#include <QSignalSpy>

#include "core/metrics/metrics_log.h"
#include "core/plan/plan_templates.h"
#include "core/run/journal.h"
#include "core/run/run_directory.h"
#include "core/run/run_lock.h"
#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

namespace {

StepReport row(int64_t step, double loss) {
  StepReport report;
  report.step = report.micro_steps = step;
  report.total_steps = 100;
  report.images = step * 32;
  report.epoch = static_cast<double>(step) / 5;
  report.time = 1.7e9 + static_cast<double>(step);
  report.loss = loss;
  report.lr = 1e-4;
  report.grad_norm = 0.5;
  report.images_per_s = 32;
  report.step_ms = 1000;
  report.data_wait_ms = 3;
  return report;
}

RunDirectory makeRun(const QString& path) {
  fixture::fakeEngine();
  return RunDirectory::create(path.toStdString(), plan_template("pocket_demo"), "demo", "test");
}

void write(const std::filesystem::path& file, const QByteArray& bytes) {
  QFile out(QString::fromStdString(file.string()));
  QVERIFY(out.open(QIODevice::WriteOnly | QIODevice::Append));
  out.write(bytes);
}

}  // namespace

class RunViewModelTest : public QObject {
  Q_OBJECT

 private slots:
  void followsAGrowingRunAndWaitsForATornLine() {
    QTemporaryDir folder;
    const RunDirectory directory = makeRun(folder.filePath("run"));
    for (int step = 1; step <= 10; ++step) {
      write(directory.metrics_file(), QByteArray::fromStdString(to_json_line(row(step, 0.5))) + '\n');
    }
    const QByteArray torn = QByteArray::fromStdString(to_json_line(row(11, 0.25)));
    write(directory.metrics_file(), torn.left(20));
    RunViewModel run;
    run.openRun(folder.filePath("run"), 0);
    QTRY_COMPARE_WITH_TIMEOUT(run.lossSeries()->count(), 10, 5000);
    QTRY_VERIFY_WITH_TIMEOUT(!run.loading(), 5000);
    QCOMPARE(run.step(), 10.0);
    QCOMPARE(run.stepCount(), 100.0);
    QCOMPARE(run.name(), QString("demo"));
    QTest::qWait(300);
    QCOMPARE(run.lossSeries()->count(), 10);
    write(directory.metrics_file(), torn.mid(20) + '\n');
    QTRY_COMPARE_WITH_TIMEOUT(run.lossSeries()->count(), 11, 5000);
    QCOMPARE(run.lossSeries()->last(), 0.25);
    QCOMPARE(run.imagesPerSecond(), 32.0);
    run.setAxis(SeriesAxis::Images);
    const RunPoint point = run.pointAt(32 * 4.4);
    QVERIFY(point.valid);
    QCOMPARE(point.step, 4.0);
  }

  void rowsThatWereTakenBackLeaveThePlot() {
    QTemporaryDir folder;
    const RunDirectory directory = makeRun(folder.filePath("run"));
    {
      MetricsLog metrics(directory.metrics_file());
      for (int step = 1; step <= 30; ++step) {
        metrics.append(row(step, 0.5));
      }
    }
    RunViewModel run;
    run.openRun(folder.filePath("run"), 0);
    QTRY_COMPARE_WITH_TIMEOUT(run.lossSeries()->count(), 30, 5000);
    drop_metrics_after(directory.metrics_file(), 20);
    Journal(directory.journal_file()).append(JournalEvent::resumed, {{"step", 20}, {"checkpoint", "step_0000020"}});
    MetricsLog metrics(directory.metrics_file());
    metrics.append(row(21, 0.1));
    QTRY_COMPARE_WITH_TIMEOUT(run.lossSeries()->count(), 21, 5000);
    QCOMPARE(run.step(), 21.0);
    QTRY_COMPARE_WITH_TIMEOUT(run.marks()->restartCount(), 1, 5000);
  }

  void runThatDiedSaysWhichWorkerAndWhy() {
    QTemporaryDir folder;
    const RunDirectory directory = makeRun(folder.filePath("run"));
    const Journal journal(directory.journal_file());
    journal.append(JournalEvent::launched, {{"world_size", 2}});
    journal.append(JournalEvent::died, {{"rank", 1}, {"reason", "killed by signal 9"}});
    journal.append(JournalEvent::failed, {{"reason", "worker 1 was killed by signal 9"}});
    RunViewModel run;
    run.openRun(folder.filePath("run"), 0);
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Failed, 5000);
    QVERIFY2(run.failureText().contains("signal 9"), qPrintable(run.failureText()));
    QCOMPARE(run.alarms()->rowCount(), 2);
    QVERIFY(run.alarms()->at(1).text.contains("1"));
    QVERIFY(run.canResume());
  }

  void runThatDiedShowsTheLogOfTheWorkerThatDied() {
    QTemporaryDir folder;
    const RunDirectory directory = makeRun(folder.filePath("run"));
    const Journal journal(directory.journal_file());
    journal.append(JournalEvent::launched, {{"world_size", 2}});
    journal.append(JournalEvent::died, {{"rank", 1}, {"reason", "worker 1 was killed by signal 9"}});
    std::filesystem::create_directories(directory.log_folder());
    write(directory.rank_log(0), "waiting for the others\n");
    write(directory.rank_log(1), "out of memory\n");
    RunViewModel run;
    run.openRun(folder.filePath("run"), 0);
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Failed, 5000);
    QCOMPARE(run.failureText(), QString("worker 1 was killed by signal 9"));
    QCOMPARE(run.failureDetail(), QString("out of memory"));
  }

  void runThatCannotBeReadSaysWhy() {
    QTemporaryDir folder;
    const RunDirectory directory = makeRun(folder.filePath("run"));
    QVERIFY(QFile::remove(QString::fromStdString(directory.run_file().string())));
    write(directory.run_file(), "{ torn");
    RunViewModel run;
    run.openRun(folder.filePath("run"), 0);
    QTRY_VERIFY_WITH_TIMEOUT(!run.errorText().isEmpty(), 5000);
    QVERIFY2(run.errorText().contains("run.json"), qPrintable(run.errorText()));
    QTRY_VERIFY_WITH_TIMEOUT(!run.loading(), 5000);
  }

  void stopThatCannotBeAskedForIsTold() {
    QTemporaryDir folder;
    const RunDirectory directory = makeRun(folder.filePath("run"));
    write(directory.metrics_file(), QByteArray::fromStdString(to_json_line(row(1, 0.5))) + '\n');
    Journal(directory.journal_file()).append(JournalEvent::launched, {{"world_size", 1}});
    const RunLock lock(directory.lock_file());
    RunViewModel run;
    QSignalSpy failed(&run, &RunViewModel::failed);
    run.openRun(folder.filePath("run"), 0);
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Training, 5000);
    // A file stands where the requests should lie.
    std::filesystem::remove_all(directory.requests_folder());
    write(directory.requests_folder(), "");
    run.stop();
    QCOMPARE(run.state(), app::RunState::Stopping);
    QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, 5000);
    QVERIFY(!failed.first().first().toString().isEmpty());
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Training, 5000);
    QVERIFY(run.canStop());
  }

  void closingARunEmptiesThePage() {
    QTemporaryDir folder;
    const RunDirectory directory = makeRun(folder.filePath("run"));
    write(directory.metrics_file(), QByteArray::fromStdString(to_json_line(row(1, 0.5))) + '\n');
    RunViewModel run;
    run.openRun(folder.filePath("run"), 0);
    QTRY_COMPARE_WITH_TIMEOUT(run.lossSeries()->count(), 1, 5000);
    run.openRun({}, 0);
    QVERIFY(!run.open());
    QCOMPARE(run.lossSeries()->count(), 0);
  }

  void folderThatIsNoRunKeepsWaiting() {
    QTemporaryDir folder;
    RunViewModel run;
    run.openRun(folder.filePath("later"), 0);
    QTest::qWait(300);
    QVERIFY(run.loading());
    const RunDirectory directory = makeRun(folder.filePath("later"));
    QTRY_VERIFY_WITH_TIMEOUT(!run.loading(), 5000);
    QCOMPARE(run.phases()->rowCount(), 1);
  }
};

DARKROOM_TEST(RunViewModelTest);
#include "run_view_model_test.moc"
