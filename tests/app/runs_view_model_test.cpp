// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/runs_view_model.h"

#include <QDir>
#include <QProcess>
#include <QSignalSpy>

#include "core/plan/plan_templates.h"
#include "core/run/run_directory.h"
#include "core/run/run_lock.h"
#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

class RunsViewModelTest : public QObject {
  Q_OBJECT

 private slots:
  void demoIsBuiltTrainedStoppedAndResumed() {
    fixture::Studio studio;
    studio.engine.start();
    RunsViewModel runs(&studio.training, studio.folder.path());
    QSignalSpy started(&runs, &RunsViewModel::runStarted);
    QTRY_COMPARE_WITH_TIMEOUT(runs.list()->state(), RunListModel::Ready, 20000);
    QCOMPARE(runs.list()->rowCount(), 0);
    runs.startDemo();
    QCOMPARE(runs.demoState(), RunsViewModel::DemoBuildingData);
    QTRY_VERIFY2_WITH_TIMEOUT(started.count() == 1, qPrintable(runs.demoText() + '\n' + runs.demoDetail()), 60000);
    QCOMPARE(runs.demoState(), RunsViewModel::DemoIdle);
    RunViewModel& run = *runs.run();
    QTRY_COMPARE_WITH_TIMEOUT(runs.selected(), studio.path("runs/demo"), 20000);
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Training, 40000);
    QTRY_VERIFY_WITH_TIMEOUT(run.step() > 60, 60000);
    QTRY_VERIFY_WITH_TIMEOUT(run.samples()->stepCount() >= 1, 40000);
    QCOMPARE(run.samples()->at(0).category, QString("animals"));
    QVERIFY(run.lastSaveStep() >= 50);
    run.stop();
    QCOMPARE(run.state(), app::RunState::Stopping);
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Stopped, 40000);
    const double at = run.step();
    QVERIFY(at < 400);
    QTRY_COMPARE_WITH_TIMEOUT(runs.list()->at(0).state, app::RunState::Stopped, 20000);
    run.resume();
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Done, 60000);
    QTRY_COMPARE_WITH_TIMEOUT(run.step(), 400.0, 20000);
    QCOMPARE(run.lossSeries()->count(), 400);
    QCOMPARE(run.marks()->restartCount(), 1);
  }

  void trainingOutlivesTheStudio() {
    QTemporaryDir folder;
    qint64 steps_at_the_end = 0;
    {
      EngineSupervisor engine(fixture::fakeEngine());
      engine.start();
      TrainingClient training(&engine);
      RunsViewModel runs(&training, folder.path());
      runs.startDemo();
      QTRY_VERIFY_WITH_TIMEOUT(runs.run()->step() > 5, 60000);
      steps_at_the_end = static_cast<qint64>(runs.run()->step());
      engine.stop();
    }
    EngineSupervisor engine(fixture::fakeEngine());
    TrainingClient training(&engine);
    RunsViewModel runs(&training, folder.path());
    QTRY_VERIFY_WITH_TIMEOUT(runs.run()->step() > static_cast<double>(steps_at_the_end), 40000);
    QTRY_COMPARE_WITH_TIMEOUT(runs.run()->state(), app::RunState::Done, 60000);
  }

  void killedSupervisorLeavesAFailedRunThatGoesOn() {
    fixture::Studio studio;
    studio.engine.start();
    RunsViewModel runs(&studio.training, studio.folder.path());
    runs.startDemo();
    RunViewModel& run = *runs.run();
    QTRY_VERIFY_WITH_TIMEOUT(run.lastSaveStep() >= 50, 60000);
    const auto holder = lock_holder(studio.path("runs/demo/lock").toStdString());
    QVERIFY(holder);
    QCOMPARE(QProcess::execute("kill", {"-9", QString::number(holder->pid)}), 0);
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Failed, 40000);
    QVERIFY2(run.failureText().contains("killed"), qPrintable(run.failureText()));
    QVERIFY(run.canResume() && !run.canStop());
    QTRY_COMPARE_WITH_TIMEOUT(runs.list()->at(0).state, app::RunState::Failed, 20000);
    run.resume();
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Done, 60000);
    QVERIFY(run.failureText().isEmpty());
    QTRY_COMPARE_WITH_TIMEOUT(run.lossSeries()->count(), 400, 20000);
  }

  void demoThatFailsAfterItsRunIsListedIsTold() {
    QTemporaryDir folder;
    QDir(folder.path()).mkpath("datasets/demo");
    QFile marker(folder.filePath("datasets/demo/dataset.json"));
    QVERIFY(marker.open(QIODevice::WriteOnly));
    marker.close();
    QDir(folder.path()).mkpath("runs");
    fixture::fakeEngine();
    EngineSupervisor engine(EngineCommand{"/bin/sh", {"-c", "sleep 3; echo 'The device is gone.' >&2; exit 1", "engine"}, {}});
    TrainingClient training(&engine);
    RunsViewModel runs(&training, folder.path());
    runs.startDemo();
    QCOMPARE(runs.demoState(), RunsViewModel::DemoStarting);
    RunDirectory::create(folder.filePath("runs/demo").toStdString(), plan_template("pocket_demo"), "demo", "test");
    QTRY_COMPARE_WITH_TIMEOUT(runs.selected(), folder.filePath("runs/demo"), 20000);
    QTRY_COMPARE_WITH_TIMEOUT(runs.demoState(), RunsViewModel::DemoFailed, 40000);
    QCOMPARE(runs.demoText(), QString("The device is gone."));
  }

  void trainingThatCannotStartIsTold() {
    QTemporaryDir folder;
    QDir(folder.path()).mkpath("datasets/demo");
    QFile marker(folder.filePath("datasets/demo/dataset.json"));
    QVERIFY(marker.open(QIODevice::WriteOnly));
    marker.write("{}");
    marker.close();
    QDir(folder.path()).mkpath("runs");
    fixture::fakeEngine();
    EngineSupervisor engine(EngineCommand{"/bin/false", {}, {}});
    TrainingClient training(&engine);
    RunsViewModel runs(&training, folder.path());
    runs.startDemo();
    QTRY_COMPARE_WITH_TIMEOUT(runs.demoState(), RunsViewModel::DemoFailed, 40000);
    QVERIFY(!runs.demoText().isEmpty());
    runs.dismissDemo();
    QCOMPARE(runs.demoState(), RunsViewModel::DemoIdle);
  }

  void branchesStandBelowTheirParents() {
    QTemporaryDir folder;
    QDir(folder.path()).mkpath("runs");
    fixture::fakeEngine();
    const TrainingPlan plan = plan_template("pocket_demo");
    const std::filesystem::path runs_folder = folder.filePath("runs").toStdString();
    const RunDirectory parent = RunDirectory::create(runs_folder / "two-cards", plan, "two-cards", "test");
    RunDirectory::create(runs_folder / "branch", plan, "synthetic", "test", RunParent{parent.info().id, "step_0000010"});
    RunListModel list;
    list.watch(folder.filePath("runs"));
    QTRY_COMPARE_WITH_TIMEOUT(list.rowCount(), 2, 20000);
    QCOMPARE(list.at(0).name, QString("two-cards"));
    QCOMPARE(list.at(1).depth, 1);
    list.setSearch("synth");
    QCOMPARE(list.rowCount(), 2);
    list.setSearch("two");
    QCOMPARE(list.rowCount(), 1);
    RunViewModel run;
    run.openRun(list.all().at(1).path, 0);
    QTRY_COMPARE_WITH_TIMEOUT(run.origin(), QString("branch of two-cards at step 10"), 20000);
  }
};

DARKROOM_TEST(RunsViewModelTest);
#include "runs_view_model_test.moc"
