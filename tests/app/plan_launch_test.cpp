// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plans/plan_launch.h"

#include <QFileInfo>
#include <QSignalSpy>

#include "core/base/atomic_file.h"
#include "core/plan/plan_templates.h"
#include "core/run/run_directory.h"
#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

class PlanLaunchTest : public QObject {
  Q_OBJECT

 private slots:
  void aRunHasTheNameThatWasTyped() {
    fixture::Studio studio;
    studio.engine.start();
    QSignalSpy started(&studio.training, &TrainingClient::started);
    PlanLaunch launch(
        &studio.training, studio.folder.path(),
        [&studio] {
          const QString file = studio.path("plan.json");
          write_file_atomically(file.toStdString(), to_json(plan_template("pocket_demo")).dump());
          return file;
        },
        nullptr);
    QSignalSpy failed(&launch, &PlanLaunch::failed);
    launch.setDevices(" cpu,, cpu ");
    QCOMPARE(launch.devices(), QString("cpu, cpu"));
    launch.show({plan_template("pocket_demo"), true, {}});
    launch.start("  ");
    QCOMPARE(failed.count(), 1);
    QVERIFY2(failed[0][0].toString().contains("needs a name"), qPrintable(failed[0][0].toString()));
    launch.start(" -gamma 2/b ");
    QTRY_COMPARE_WITH_TIMEOUT(started.count(), 1, 10000);
    const QString run = started[0][0].toString();
    QVERIFY2(!QFileInfo(run).fileName().contains('/') && QFileInfo(run).path() == studio.path("runs"), qPrintable(run));
    QCOMPARE(RunDirectory::open(run.toStdString()).info().name, std::string("-gamma 2/b"));
    QCOMPARE(failed.count(), 1);
  }

  void nothingIsAskedOfTheEngineWhereThePlanCannotBeSaved() {
    fixture::Studio studio;
    studio.engine.start();
    PlanLaunch launch(
        &studio.training, studio.folder.path(), [] { return QString(); }, nullptr);
    launch.show({plan_template("pocket_demo"), true, {}});
    launch.start("first");
    QVERIFY(launch.ready());  // nothing is on its way
    QVERIFY(!QFileInfo::exists(studio.path("runs/first")));
    launch.show({plan_template("pocket_demo"), false, {}});
    QSignalSpy failed(&launch, &PlanLaunch::failed);
    launch.start("first");
    QCOMPARE(failed.count(), 1);
  }

  void itSaysWhatItReadsAndWrites() {
    fixture::Studio studio;
    PlanLaunch launch(
        &studio.training, studio.folder.path(), [] { return QString(); }, nullptr);
    QVERIFY(launch.lines().isEmpty());
    TrainingPlan plan = plan_template("pocket_demo");
    plan.phases[0].sources = {{.dataset = studio.path("datasets/food").toStdString()}, {.dataset = "/elsewhere/city"}};
    plan.phases.push_back(plan.phases[0]);
    plan.model.init_from = "/runs/a/checkpoints/step_0000100";
    launch.show({plan, true, "5 GB"});
    const QStringList lines = launch.lines();
    QCOMPARE(lines.filter("datasets/food").size(), 1);  // once, however many phases read it
    QVERIFY2(lines.filter("elsewhere/city").size() == 1, qPrintable(lines.join('\n')));
    QCOMPARE(lines.filter("step_0000100").size(), 1);
    QVERIFY(lines.last().contains("5 GB"));
  }
};

DARKROOM_TEST(PlanLaunchTest);
#include "plan_launch_test.moc"
