// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_view_model.h"

#include <QFile>
#include <QSignalSpy>

#include "core/metrics/metrics_log.h"
#include "core/plan/plan_templates.h"
#include "core/run/journal.h"
#include "core/run/run_directory.h"
#include "core/run/run_lock.h"
#include "tests/app/run_fixture.h"
#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT
using darkroom::app::fixture::makeRun;

namespace {

StepReport loggedStep(int64_t step, double loss) {
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
      write(directory.metrics_file(), QByteArray::fromStdString(to_json_line(loggedStep(step, 0.5))) + '\n');
    }
    const QByteArray torn = QByteArray::fromStdString(to_json_line(loggedStep(11, 0.25)));
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
        metrics.append(loggedStep(step, 0.5));
      }
    }
    RunViewModel run;
    run.openRun(folder.filePath("run"), 0);
    QTRY_COMPARE_WITH_TIMEOUT(run.lossSeries()->count(), 30, 5000);
    drop_metrics_after(directory.metrics_file(), 20);
    Journal(directory.journal_file()).append(JournalEvent::resumed, {{"step", 20}, {"checkpoint", "step_0000020"}});
    MetricsLog metrics(directory.metrics_file());
    metrics.append(loggedStep(21, 0.1));
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
    write(directory.metrics_file(), QByteArray::fromStdString(to_json_line(loggedStep(1, 0.5))) + '\n');
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

  void validationsAndMemoryHaveCurvesOfTheirOwn() {
    QTemporaryDir folder;
    const RunDirectory directory = makeRun(folder.filePath("run"));
    {
      MetricsLog metrics(directory.metrics_file());
      for (int step = 1; step <= 30; ++step) {
        StepReport report = loggedStep(step, 0.5);
        report.live_gib_by_rank[1] = step >= 10 ? 2 : StepReport::none;
        report.loss_by_noise[3] = 0.25;
        if (step % 10 == 0) {
          report.validation_loss_unweighted = 1.0 / step;
          report.validation_by_source[0] = 2.0 / step;
        }
        metrics.append(report);
      }
    }
    RunViewModel run;
    run.openRun(folder.filePath("run"), 0);
    QTRY_COMPARE_WITH_TIMEOUT(run.lossSeries()->count(), 30, 5000);
    const auto plot = [&run](const QString& key) {
      for (const SmallPlotItem& item : run.plots()->rows()) {
        if (item.key == key) {
          return item;
        }
      }
      return SmallPlotItem();
    };
    QCOMPARE(plot("validation").series->count(), 3);
    QCOMPARE(plot("validation").series->columns().values[SeriesAxis::Step][1], 20.0);
    QCOMPARE(plot("memory").series->count(), 30);
    QVERIFY(std::isnan(plot("memory").series->raw()[8]));
    QCOMPARE(plot("memory").series->raw()[9], 2.0f);
    QCOMPARE(run.noise()->at(0, 3), 0.25f);
    // A place shows another plot when asked to.
    const QString first = run.plots()->at(0).title;
    run.plots()->swap(0, 3);
    QCOMPARE(run.plots()->at(0).key, QString("validation"));
    QCOMPARE(run.plots()->at(3).title, first);
    // All rows leave, and with them the curves that not every run has.
    run.openRun({}, 0);
    QCOMPARE(plot("validation").series->count(), 0);
    QVERIFY(plot("memory").series->count() == 0);
  }

  void devicesStandOverTheStepsOfTheirMoments() {
    QTemporaryDir folder;
    const RunDirectory directory = makeRun(folder.filePath("run"));
    {
      MetricsLog metrics(directory.metrics_file());
      for (int step = 1; step <= 20; ++step) {
        metrics.append(loggedStep(step, 0.5));
      }
    }
    for (int second = -5; second <= 20; ++second) {
      DeviceLine line{.time = 1.7e9 + second + 0.5,
                      .id = "cuda:0",
                      .name = "RTX",
                      .load = 0.9,
                      .memory_used_bytes = 8ULL << 30,
                      .memory_total_bytes = 32ULL << 30};
      line.temperature_c = 60;
      write(directory.devices_file(), QByteArray::fromStdString(to_json(line).dump()) + '\n');
    }
    RunViewModel run;
    run.openRun(folder.filePath("run"), 0);
    const auto load = [&run] {
      for (const SmallPlotItem& item : run.plots()->rows()) {
        if (item.key == "load") {
          return item.series;
        }
      }
      return static_cast<SeriesStore*>(nullptr);
    };
    QTRY_VERIFY_WITH_TIMEOUT(load() != nullptr && load()->count() == 20, 5000);  // none before the first step
    QCOMPARE(load()->columns().values[SeriesAxis::Step].front(), 1.0);
    QCOMPARE(load()->columns().values[SeriesAxis::Step].back(), 20.0);
    QCOMPARE(load()->last(), 90.0f);
    QCOMPARE(run.devices()->rowCount(), 1);
  }

  void alarmsAreToldOnceAndOnlyWhileItTrains() {
    QTemporaryDir folder;
    const RunDirectory directory = makeRun(folder.filePath("run"));
    const double begun = static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000 - 20;
    {
      MetricsLog metrics(directory.metrics_file());
      for (int step = 1; step <= 10; ++step) {
        StepReport report = loggedStep(step, step == 9 ? StepReport::none : 0.5);
        report.time = begun + step;
        metrics.append(report);
      }
    }
    Journal(directory.journal_file()).append(JournalEvent::launched, {{"world_size", 1}, {"devices", {"cpu"}}});
    RunViewModel run;
    QSignalSpy raised(&run, &RunViewModel::alarmRaised);
    {
      const RunLock lock(directory.lock_file());
      run.openRun(folder.filePath("run"), 0);
      QTRY_COMPARE_WITH_TIMEOUT(raised.count(), 1, 8000);
      QCOMPARE(run.alarms()->rowCount(), 1);
      QVERIFY(!run.alarms()->at(0).done.isEmpty());
      Journal(directory.journal_file())
          .append(JournalEvent::skipped_batch, {{"step", 10}, {"reason", "spike"}, {"norm", 12.0}, {"mean", 0.4}});
      QTRY_COMPARE_WITH_TIMEOUT(raised.count(), 2, 8000);
      QTest::qWait(1500);
      QCOMPARE(raised.count(), 2);
    }
    QCOMPARE(run.recentAlarms(), 2);
  }

  void pauseSaveAndSampleAreAskedForByFiles() {
    QTemporaryDir folder;
    const RunDirectory directory = makeRun(folder.filePath("run"));
    write(directory.metrics_file(), QByteArray::fromStdString(to_json_line(loggedStep(1, 0.5))) + '\n');
    Journal(directory.journal_file()).append(JournalEvent::launched, {{"world_size", 1}});
    const RunLock lock(directory.lock_file());
    RunViewModel run;
    run.openRun(folder.filePath("run"), 0);
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Training, 5000);
    QVERIFY(run.canSave() && run.canSample() && !run.canBranch());
    run.save();
    run.sample();
    run.pause();
    QCOMPARE(run.state(), app::RunState::Pausing);
    for (const char* name : {"save.json", "sample.json", "pause.json"}) {
      QTRY_VERIFY_WITH_TIMEOUT(std::filesystem::exists(directory.requests_folder() / name), 5000);
    }
    Journal(directory.journal_file()).append(JournalEvent::pause_requested);
    Journal(directory.journal_file()).append(JournalEvent::paused, {{"step", 1}});
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Paused, 5000);
    QVERIFY(run.canResume() && run.canStop() && !run.canSave());
    QSignalSpy started(&run, &RunViewModel::resumeRequested);
    run.resume();
    QTRY_VERIFY_WITH_TIMEOUT(std::filesystem::exists(directory.requests_folder() / "resume.json"), 5000);
    QCOMPARE(started.count(), 0);  // its supervisor is there: no other one is started
    Journal(directory.journal_file()).append(JournalEvent::resume_requested);
    Journal(directory.journal_file()).append(JournalEvent::resumed, {{"step", 1}});
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Training, 5000);
  }

  void aBranchBeginsAtTheNearestSave() {
    QTemporaryDir folder;
    const RunDirectory directory = makeRun(folder.filePath("run"));
    {
      MetricsLog metrics(directory.metrics_file());
      for (int step = 1; step <= 30; ++step) {
        metrics.append(loggedStep(step, 0.5));
      }
    }
    for (const int step : {10, 20, 30}) {
      std::filesystem::create_directories(directory.checkpoint_of(step));
      write(directory.checkpoint_of(step) / "meta.json", "{}");
    }
    RunViewModel run;
    QSignalSpy asked(&run, &RunViewModel::branchRequested);
    run.openRun(folder.filePath("run"), 0);
    QTRY_VERIFY_WITH_TIMEOUT(run.canBranch() && run.step() == 30, 5000);
    run.branch(-1);
    run.pickStep(18);
    QVERIFY(run.pick()->active());
    QCOMPARE(run.pick()->point().nearestSave, 20.0);
    run.branch(run.pick()->point().step);
    QCOMPARE(asked.count(), 2);
    QVERIFY(asked[0][0].value<TrainingPlan>().model.init_from.ends_with("step_0000030"));
    QVERIFY(asked[1][0].value<TrainingPlan>().model.init_from.ends_with("step_0000020"));
  }

  void closingARunEmptiesThePage() {
    QTemporaryDir folder;
    const RunDirectory directory = makeRun(folder.filePath("run"));
    write(directory.metrics_file(), QByteArray::fromStdString(to_json_line(loggedStep(1, 0.5))) + '\n');
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
