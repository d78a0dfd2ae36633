// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_overlays.h"

#include <QDir>
#include <QSignalSpy>
#include <QTemporaryDir>

#include "core/metrics/metrics_log.h"
#include "core/metrics/tensorboard_events.h"
#include "core/metrics/wandb_log.h"
#include "core/plan/plan_templates.h"
#include "core/run/run_directory.h"
#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

namespace {

StepReport overlayStep(int64_t step) {
  StepReport report;
  report.step = step;
  report.images = step * 4;
  report.epoch = static_cast<double>(step) / 10;
  report.time = 1.7e9 + static_cast<double>(step);
  report.loss = 1.0 / static_cast<double>(step);
  report.step_ms = 1000;
  return report;
}

RunDirectory makeLoggedRun(const QString& path, int64_t rows, double rate = 1e-4) {
  fixture::fakeEngine();
  TrainingPlan plan = plan_template("pocket_demo");
  plan.phases[0].peak_lr = rate;
  RunDirectory run = RunDirectory::create(path.toStdString(), plan, path.section('/', -1).toStdString(), "test");
  MetricsLog metrics(run.metrics_file());
  for (int64_t step = 1; step <= rows; ++step) {
    metrics.append(overlayStep(step));
  }
  return run;
}

RunItem item(const QString& path, int look) {
  RunItem run;
  run.path = path;
  run.name = path.section('/', -1);
  run.seriesIndex = look;
  return run;
}

}  // namespace

class RunOverlaysTest : public QObject {
  Q_OBJECT

 private slots:
  void aRunIsLaidOverAndTakenOff() {
    QTemporaryDir folder;
    makeLoggedRun(folder.filePath("a"), 30);
    RunOverlays overlays;
    overlays.setRuns({item(folder.filePath("a"), 3), item(folder.filePath("b"), 0)}, folder.filePath("b"));
    QCOMPARE(overlays.rowCount(), 1);  // not over itself
    QVERIFY(!overlays.at(0).on);
    QVERIFY(overlays.lossLines()->lines().isEmpty());
    overlays.setOn(folder.filePath("a"), true);
    QCOMPARE(overlays.lossLines()->lines().size(), 1);
    QCOMPARE(overlays.lossLines()->looks(), QList<int>({3}));
    QTRY_COMPARE_WITH_TIMEOUT(overlays.lossLines()->lines()[0].series->count(), 30, 5000);
    QTRY_VERIFY_WITH_TIMEOUT(overlays.at(0).note.isEmpty(), 5000);
    QCOMPARE(overlays.end(SeriesAxis::Step), 30.0);
    QCOMPARE(overlays.end(SeriesAxis::Images), 120.0);
    overlays.setOn(folder.filePath("a"), false);
    QVERIFY(overlays.lossLines()->lines().isEmpty());
    QCOMPARE(overlays.end(SeriesAxis::Step), 0.0);
  }

  void aRunThatBecomesTheShownOneIsTakenOff() {
    QTemporaryDir folder;
    makeLoggedRun(folder.filePath("a"), 3);
    RunOverlays overlays;
    const QList<RunItem> runs{item(folder.filePath("a"), 0), item(folder.filePath("b"), 1)};
    overlays.setRuns(runs, folder.filePath("b"));
    overlays.setOn(folder.filePath("a"), true);
    overlays.setRuns(runs, folder.filePath("a"));
    QCOMPARE(overlays.onCount(), 0);
    QCOMPARE(overlays.rowCount(), 1);
    QCOMPARE(overlays.at(0).name, QString("b"));
  }

  void plansAreCompared() {
    QTemporaryDir folder;
    makeLoggedRun(folder.filePath("a"), 3, 1e-4);
    const RunDirectory shown = makeLoggedRun(folder.filePath("b"), 3, 2e-4);
    RunOverlays overlays;
    overlays.setRuns({item(folder.filePath("a"), 0), item(folder.filePath("b"), 1)}, folder.filePath("b"));
    overlays.setPlan(to_json(shown.plan()), 0);
    QVERIFY(overlays.comparedName().isEmpty());
    overlays.setOn(folder.filePath("a"), true);
    QTRY_COMPARE_WITH_TIMEOUT(overlays.comparedName(), QString("a"), 5000);
    QCOMPARE(overlays.differences()->rowCount(), 1);
    QCOMPARE(overlays.differences()->at(0).place, QString("/phases/0/peak_lr"));
    QCOMPARE(overlays.changes()->rowCount(), 1);
    QVERIFY(overlays.changes()->at(0).here != overlays.changes()->at(0).there);
  }

  void aTensorBoardFolderIsReadFollowedAndRemoved() {
    QTemporaryDir folder;
    TensorboardWriter writer(folder.filePath("tb").toStdString());
    for (int step = 1; step <= 20; ++step) {
      writer.scalar("Loss/train", step * 10, 1.7e9 + step, 1.0 / step);
      writer.scalar("Loss/val", step * 10, 1.7e9 + step, 2.0 / step);
      writer.scalar("lr", step * 10, 1.7e9 + step, 1e-4);
    }
    RunOverlays overlays;
    overlays.addFolder(QUrl::fromLocalFile(folder.filePath("tb")));
    QCOMPARE(overlays.rowCount(), 1);
    QVERIFY(!overlays.at(0).note.isEmpty());
    QTRY_VERIFY_WITH_TIMEOUT(overlays.at(0).on, 5000);
    const OverlayItem shown = overlays.at(0);
    QVERIFY(shown.foreign);
    QCOMPARE(shown.lossTag, QString("Loss/train"));
    QCOMPARE(shown.tags.size(), 3);
    QCOMPARE(overlays.lossLines()->lines()[0].series->count(), 20);
    QCOMPARE(overlays.end(SeriesAxis::Step), 200.0);
    QVERIFY(overlays.lossLines()->lines()[0].axes[SeriesAxis::Time]);
    QVERIFY(!overlays.lossLines()->lines()[0].axes[SeriesAxis::Images]);
    overlays.setAxis(SeriesAxis::Epoch);
    QVERIFY(!overlays.at(0).note.isEmpty());  // why it is not seen
    overlays.setLossTag(shown.key, "Loss/val");
    QCOMPARE(overlays.lossLines()->lines()[0].series->raw()[0], 2.0f);
    writer.scalar("Loss/val", 210, 1.7e9 + 30, 0.5);
    QTRY_COMPARE_WITH_TIMEOUT(overlays.lossLines()->lines()[0].series->count(), 21, 12000);
    QCOMPARE(overlays.at(0).lossTag, QString("Loss/val"));
    overlays.removeFolder(shown.key);
    QCOMPARE(overlays.rowCount(), 0);
    QVERIFY(overlays.lossLines()->lines().isEmpty());
  }

  void aWandbRunBringsItsPlan() {
    QTemporaryDir folder;
    fixture::fakeEngine();
    const TrainingPlan plan = plan_template("pocket_demo");
    {
      WandbWriter writer(folder.filePath("wandb").toStdString(),
                         {.id = "abcd1234", .name = "elsewhere", .config = to_json(plan), .engine_version = "1", .starting_step = 0});
      for (int64_t step = 1; step <= 5; ++step) {
        writer.report(overlayStep(step));
      }
      writer.finish(0);
    }
    RunOverlays overlays;
    TrainingPlan own = plan;
    own.seed = 7;
    overlays.setPlan(to_json(own), 0);
    overlays.addFolder(QUrl::fromLocalFile(folder.filePath("wandb")));
    QTRY_COMPARE_WITH_TIMEOUT(overlays.comparedName(), QString("elsewhere"), 5000);
    QCOMPARE(overlays.differences()->at(0).place, QString("/seed"));
    QCOMPARE(overlays.lossLines()->lines()[0].series->count(), 5);
    QVERIFY(overlays.lossLines()->lines()[0].axes[SeriesAxis::Epoch]);  // progress/epoch is in it
  }

  void aFolderWithoutLogsSaysSo() {
    QTemporaryDir folder;
    RunOverlays overlays;
    overlays.addFolder(QUrl::fromLocalFile(folder.path()));
    QTRY_VERIFY_WITH_TIMEOUT(!overlays.at(0).problem.isEmpty(), 5000);
    QVERIFY2(overlays.at(0).problem.contains("tfevents"), qPrintable(overlays.at(0).problem));
    overlays.removeFolder(overlays.at(0).key);
    QCOMPARE(overlays.rowCount(), 0);
  }

  void tagsOfOtherProgramsAreFound() {
    QCOMPARE(tagOf(RunCurves::Loss, {"train/loss", "validation/loss"}), QString("train/loss"));
    QCOMPARE(tagOf(RunCurves::Loss, {"val_loss", "train_loss_step"}), QString("train_loss_step"));
    QCOMPARE(tagOf(RunCurves::Loss, {"epoch", "lr-AdamW"}), QString());
    QCOMPARE(tagOf(RunCurves::LearningRate, {"loss", "lr-AdamW/pg1"}), QString("lr-AdamW/pg1"));
    QCOMPARE(tagOf(RunCurves::LearningRate, {"train/learning_rate", "clr_norm"}), QString("train/learning_rate"));
    QCOMPARE(tagOf(RunCurves::GradientNorm, {"train/grad_norm"}), QString("train/grad_norm"));
    QCOMPARE(tagOf(RunCurves::Speed, {"train/samples_per_second", "train/steps_per_second"}), QString("train/samples_per_second"));
    QCOMPARE(tagOf(RunCurves::Validation, {"eval/loss", "train/loss"}), QString("eval/loss"));
  }
};

DARKROOM_TEST(RunOverlaysTest);
#include "run_overlays_test.moc"
