// SPDX-License-Identifier: GPL-3.0-or-later
// The engine is a script here: what it prints is what `plan forecast` prints.
#include "app/plans/plans_view_model.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>

#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

namespace {

constexpr const char* kForecast =
    "echo "
    "'{\"event\":\"done\",\"devices\":[{\"id\":\"cpu\",\"available_bytes\":8000000000},{\"id\":\"cpu\",\"available_bytes\":8000000000}],"
    "\"fits\":true,\"phases\":[{\"name\":\"demo\",\"device_bytes\":3000000000,\"device_parts\":[{\"name\":\"weights\",\"bytes\":1000000000}"
    ","
    "{\"name\":\"reserve\",\"bytes\":2000000000}],\"images_per_s\":80.5,\"seconds\":7200,\"problems\":[]}],"
    "\"disk\":{\"total_bytes\":5000000000,\"checkpoint_bytes\":1000000000,\"checkpoints\":5}}'";

constexpr const char* kTooLarge =
    "echo "
    "'{\"event\":\"done\",\"devices\":[{\"id\":\"cuda:0\",\"available_bytes\":8000000000}],\"fits\":false,\"phases\":[{\"name\":\"demo\","
    "\"device_bytes\":30000000000,\"device_parts\":[],\"images_per_s\":null,\"seconds\":null,\"problems\":[\"demo needs 30 GB; batch 4 "
    "would "
    "fit\"]}],\"disk\":{}}'; exit 1";

struct PlansPage {
  explicit PlansPage(const QByteArray& script) : engine(command(script)), training(&engine), plans(&training, folder.path()) {
    plans.refresh();
  }

  EngineCommand command(const QByteArray& script) const {
    fixture::fakeEngine();  // sets where the resources lie
    QFile file(folder.filePath("engine.sh"));
    if (file.open(QIODevice::WriteOnly)) {
      file.write(script);
    }
    return {QStringLiteral("/bin/sh"), {file.fileName()}, {}};
  }

  QString openTemplate(const QString& name) {
    plans.openPlan("template:" + name);
    return plans.current();
  }

  QTemporaryDir folder;
  EngineSupervisor engine;
  TrainingClient training;
  PlansViewModel plans;
};

}  // namespace

class PlansViewModelTest : public QObject {
  Q_OBJECT

 private slots:
  void templatesAreOfferedAndTheFirstIsOpen() {
    const PlansPage page(kForecast);
    QVERIFY(page.plans.files()->rowCount() >= 2);
    QVERIFY(page.plans.files()->at(0).isTemplate);
    QVERIFY(!page.plans.current().isEmpty());
    QVERIFY(page.plans.phases()->rowCount() >= 1);
    QVERIFY(!page.plans.launch()->ready());  // its datasets are not here
    QVERIFY(page.plans.problems()->rowCount() > 0);
  }

  void theForecastIsTheEnginesAndFillsTheTimeline() {
    PlansPage page(kForecast);
    page.openTemplate("pocket_demo");
    PlanForecast& forecast = *page.plans.forecast();
    QTRY_VERIFY_WITH_TIMEOUT(forecast.known(), 5000);
    QCOMPARE(forecast.stateText(), QString("estimated"));
    QCOMPARE(forecast.peakBytes(), 3e9);
    QCOMPARE(forecast.deviceBytes(), 8e9);
    QCOMPARE(forecast.parts()->rowCount(), 2);
    QCOMPARE(forecast.phases()->at(0).timeText, QString::fromUtf8("2 h 0\u00a0min"));
    QCOMPARE(forecast.totalTimeText(), QString::fromUtf8("2 h 0\u00a0min"));
    QVERIFY(forecast.diskDetail().contains("5 checkpoints"));
    QVERIFY(page.plans.phaseDetail().contains("about 2 h"));
  }

  void aPlanThatDoesNotFitSaysWhatWouldAndIsNotLaunched() {
    PlansPage page(kTooLarge);
    page.openTemplate("pocket_demo");
    QTRY_VERIFY_WITH_TIMEOUT(page.plans.forecast()->known(), 5000);
    QVERIFY(!page.plans.forecast()->fits());
    QCOMPARE(page.plans.forecast()->problem(), QString("demo needs 30 GB; batch 4 would fit"));
    QVERIFY(!page.plans.launch()->ready());
  }

  void anEngineThatCannotForecastSaysWhy() {
    PlansPage page("echo '{\"event\":\"error\",\"code\":\"failed\",\"message\":\"no device cuda:7\"}'; exit 1");
    page.openTemplate("pocket_demo");
    QTRY_COMPARE_WITH_TIMEOUT(page.plans.forecast()->problem(), QString("no device cuda:7"), 5000);
    QVERIFY(!page.plans.forecast()->known());
  }

  void anEditShowsEverywhereAndIsUndone() {
    PlansPage page(kForecast);
    page.openTemplate("recipe");
    page.plans.setPhase(3);
    QCOMPARE(page.plans.phaseName(), QString("faces"));
    page.plans.put("phase.cfg_dropout", 30, false);
    QCOMPARE(page.plans.phases()->at(3).dropoutText, QString::fromUtf8("30\u00a0%"));
    QVERIFY(page.plans.canUndo());
    page.plans.undo();
    QCOMPARE(page.plans.phases()->at(3).dropoutText, QString::fromUtf8("15\u00a0%"));
    page.plans.put("batch.per_device", 8, true);
    for (const PlanSetting& row : page.plans.schedule()->rows()) {
      if (row.key == "batch.per_device") {
        QCOMPARE(row.number, 8.0);
        QVERIFY(!row.overrides);
      }
    }
  }

  void savingATemplateMakesAPlanOfTheWorkspace() {
    PlansPage page(kForecast);
    page.openTemplate("recipe");
    page.plans.setName("my recipe");
    page.plans.save();
    QVERIFY(QFileInfo::exists(page.folder.filePath("plans/my recipe.json")));
    QCOMPARE(page.plans.current(), page.folder.filePath("plans/my recipe.json"));
    QVERIFY(!page.plans.edited());
    QVERIFY(!page.plans.files()->at(0).isTemplate);
  }

  void unsavedPlansAreKeptWhenTheStudioCloses() {
    QTemporaryDir folder;
    {
      EngineSupervisor engine(fixture::fakeEngine());
      TrainingClient training(&engine);
      PlansViewModel plans(&training, folder.path());
      QDir().mkpath(folder.filePath("plans"));
      plans.refresh();
      plans.openPlan("template:recipe");
      plans.setName("half done");
    }
    QVERIFY(QFileInfo::exists(folder.filePath("plans/half done (unsaved).json")));
  }

  void sharesLockAndMoveTogether() {
    PlansPage page(kForecast);
    page.openTemplate("recipe");
    page.plans.setPhase(6);
    QCOMPARE(page.plans.sources()->rowCount(), 4);
    page.plans.setLocked(2, true);
    const double locked = page.plans.sources()->at(2).percent;
    page.plans.setShare(0, 60);
    double sum = 0;
    for (const SourceRow& row : page.plans.sources()->rows()) {
      sum += row.percent;
    }
    QVERIFY(std::abs(sum - 100) < 1e-9);
    QCOMPARE(page.plans.sources()->at(0).percent, 60.0);
    QCOMPARE(page.plans.sources()->at(2).percent, locked);
  }

  void comparingNamesWhatDiffers() {
    PlansPage page(kForecast);
    page.openTemplate("recipe");
    page.plans.compareWith("template:recipe");
    QCOMPARE(page.plans.differences()->rowCount(), 0);
    page.plans.put("phase.epochs", 3, false);
    page.plans.compareWith("template:recipe");
    QCOMPARE(page.plans.differences()->rowCount(), 1);
    QCOMPARE(page.plans.differences()->at(0).here, QString("3"));
  }

  void launchSavesThePlanAndStartsARun() {
    fixture::Studio studio;
    studio.engine.start();
    PlansViewModel plans(&studio.training, studio.folder.path());
    plans.refresh();
    plans.openPlan("template:pocket_demo");
    const QString dataset = studio.path("datasets/demo");
    QDir().mkpath(dataset);
    QFile card(dataset + "/dataset.json");
    QVERIFY(card.open(QIODevice::WriteOnly));
    card.close();
    plans.removeSource(0);
    plans.addSource(QUrl::fromLocalFile(dataset));
    PlanLaunch& launch = *plans.launch();
    QVERIFY2(launch.ready(), qPrintable(plans.problemsText()));
    QVERIFY2(launch.lines().contains("Reads datasets/demo"), qPrintable(launch.lines().join('\n')));
    QSignalSpy launched(&launch, &PlanLaunch::started);
    QSignalSpy failed(&plans, &PlansViewModel::failed);
    const QString name = launch.freeName();
    launch.start(name);
    QVERIFY(!launch.ready());  // one at a time
    QTRY_VERIFY2_WITH_TIMEOUT(launched.count() == 1, qPrintable(failed.isEmpty() ? QString() : failed.at(0).at(0).toString()), 10000);
    QVERIFY(QFileInfo::exists(studio.path("runs/" + name + "/run.json")));
    QVERIFY(launch.ready());
    QVERIFY(launch.freeName() != name);
    launch.start(name);
    QCOMPARE(failed.count(), 1);  // the name is taken
  }

  void aMixtureOfTheWorkspaceTakesThePlaceOfThePhasesSources() {
    PlansPage page(kForecast);
    page.openTemplate("pocket_demo");
    QDir(page.folder.path()).mkpath("datasets/mixtures");
    QFile file(page.folder.filePath("datasets/mixtures/both.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(
        "{\"darkroom_mixture\": 1, \"sources\": [{\"dataset\": \"../birds\", \"share\": 0.75, \"limit\": null}, "
        "{\"dataset\": \"../faces\", \"share\": 0.25, \"limit\": 40}]}");
    file.close();
    page.plans.refresh();
    QVERIFY2(page.plans.otherDatasets().contains("mixtures/both.json"), qPrintable(page.plans.otherDatasets().join(", ")));
    page.plans.addWorkspaceSource("mixtures/both.json");
    QCOMPARE(page.plans.sources()->rowCount(), 2);
    QCOMPARE(page.plans.sources()->at(0).path, page.folder.filePath("datasets/birds"));
    QCOMPARE(page.plans.sources()->at(0).percent, 75.0);
    QCOMPARE(page.plans.sources()->at(1).percent, 25.0);
  }
};
DARKROOM_TEST(PlansViewModelTest);
#include "plans_view_model_test.moc"
