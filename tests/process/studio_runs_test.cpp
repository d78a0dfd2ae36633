// SPDX-License-Identifier: GPL-3.0-or-later
// The buttons of the Runs page on a real run of two workers.
#include <QFileInfo>
#include <QProcess>
#include <QSignalSpy>

#include "app/plans/plans_view_model.h"
#include "app/runs/runs_view_model.h"
#include "core/run/run_lock.h"
#include "tests/app/studio_fixture.h"
#include "tests/process/engine_traces.h"
#include "tests/process/small_training.h"
#include "tests/process/studio_patience.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT
using darkroom::app::fixture::kPatience_ms;
using darkroom::test::children_of;
using darkroom::test::SmallTraining;

namespace {

/// A plan that trains for longer than the test does, with two prompts and a few pictures to validate with.
void writePlan(const QString& from, const QString& to) {
  Json plan = read_json_file(from.toStdString());
  plan["name"] = "buttons";
  plan["checkpoint"] = {{"every_steps", 100000}, {"every_epochs", 0}, {"keep_last", 3}, {"keep_epochs", false}};
  plan["validation"] = {
      {"every_epochs", 0},
      {"samples", 4},
      {"steps", 2},
      {"prompts", Json::array({{{"category", "apple"}, {"text", "a red apple"}}, {{"category", "sea"}, {"text", "the sea"}}})}};
  plan["phases"] = Json::array({plan["phases"][0]});
  plan["phases"][0]["epochs"] = 20000;
  write_file_atomically(to.toStdString(), plan.dump(2));
}

}  // namespace

class StudioRunsTest : public QObject {
  Q_OBJECT

 private slots:
  void buttonsDoWhatTheySay() {
    SmallTraining small;
    const QByteArray wrong = small.make();
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    fixture::fakeEngine();  // for the resources of the source tree
    fixture::Studio studio(EngineCommand{test::engine_program(), {}, {}});
    studio.engine.start();
    const QString plan = studio.path("plan.json");
    writePlan(small.path(SmallTraining::plan_name(2)), plan);
    RunsViewModel runs(&studio.training, studio.folder.path());
    RunViewModel& run = *runs.run();
    QSignalSpy failed(&runs, &RunsViewModel::failed);
    QSignalSpy branches(&runs, &RunsViewModel::branchRequested);
    const QString path = studio.path("runs/first");
    studio.training.start(plan, path, {"cpu", "cpu"});
    runs.openWhenThere(path);
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Training, kPatience_ms);
    QVERIFY(run.canSave() && run.canSample() && run.canPause() && run.canStop() && !run.canBranch());

    // Save now: a checkpoint, and it goes on.
    run.save();
    QTRY_COMPARE_WITH_TIMEOUT(SmallTraining::entries(path, JournalEvent::saved).size(), size_t{1}, kPatience_ms);
    const Json saved = SmallTraining::entries(path, JournalEvent::saved)[0].fields;
    QCOMPARE(saved.at("reason"), Json("request"));
    QTRY_VERIFY_WITH_TIMEOUT(run.step() > saved.at("step").get<double>() + 2, kPatience_ms);
    QTRY_VERIFY_WITH_TIMEOUT(run.canBranch(), kPatience_ms);

    // Sample now: both prompts by both workers, and a validation in the same row.
    run.sample();
    QTRY_COMPARE_WITH_TIMEOUT(run.samples()->stepCount(), 1, kPatience_ms);
    QTRY_COMPARE_WITH_TIMEOUT(run.samples()->rowCount(), 2, kPatience_ms);
    QCOMPARE(run.samples()->at(0).category, QString("apple"));
    QTRY_COMPARE_WITH_TIMEOUT(run.plots()->at(3).series->count(), 1, kPatience_ms);  // the validation's
    QVERIFY(run.plots()->at(3).series->last() > 0);

    // Each worker tells of its memory.
    const QStringList workers = run.plots()->at(4).lines->names();
    QVERIFY2(workers.contains("worker 1"), qPrintable(workers.join(", ")));

    // Pause: the workers are gone, their supervisor is not; then it goes on with the next step.
    const auto holder = lock_holder((path + "/lock").toStdString());
    QVERIFY(holder);
    QCOMPARE(children_of(holder->pid).size(), size_t{2});
    run.pause();
    QCOMPARE(run.state(), app::RunState::Pausing);
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Paused, kPatience_ms);
    QVERIFY(children_of(holder->pid).empty());
    const double paused_at = run.step();
    QVERIFY(run.canResume() && run.canStop() && !run.canPause());
    run.resume();
    QTRY_VERIFY_WITH_TIMEOUT(run.step() > paused_at + 2, kPatience_ms);
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Training, kPatience_ms);  // the rows can be read before the status
    QCOMPARE(lock_holder((path + "/lock").toStdString())->pid, holder->pid);
    const std::vector<int64_t> steps = SmallTraining::steps_of(path);
    for (size_t i = 1; i < steps.size(); ++i) {
      QCOMPARE(steps[i], steps[i - 1] + 1);  // no step twice and none left out
    }

    // Stop after step, saved; then it can be resumed.
    run.stop();
    QCOMPARE(run.state(), app::RunState::Stopping);
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Stopped, kPatience_ms);
    const double stopped_at = run.step();
    QTRY_COMPARE_WITH_TIMEOUT(run.lastSaveStep(), stopped_at, kPatience_ms);

    // A click on a point: what the step was trained on, four pictures by each worker.
    run.pickStep(3);
    const TrainedBatch& batch = *run.pick()->batch();
    QTRY_VERIFY2_WITH_TIMEOUT(batch.state() == TrainedBatch::Ready, qPrintable(batch.errorText()), kPatience_ms);
    QCOMPARE(batch.samples()->rowCount(), 8);
    QVERIFY(QFileInfo::exists(batch.samples()->at(0).imageUrl.toLocalFile()));
    QVERIFY(!batch.samples()->at(0).caption.isEmpty());

    // Branch here: a plan from the save that the Plans page opens and launches; the new run knows its parent.
    run.branch(saved.at("step").get<double>());
    QCOMPARE(branches.count(), 1);
    PlansViewModel plans(&studio.training, studio.folder.path());
    plans.openDraft(branches[0][0].value<TrainingPlan>());
    QVERIFY(plans.name().startsWith("buttons, branch at step"));
    plans.launch()->setDevices("cpu, cpu");
    QTRY_VERIFY2_WITH_TIMEOUT(plans.launch()->ready(), qPrintable(plans.problemsText()), kPatience_ms);
    plans.launch()->start("the second");
    QTRY_VERIFY_WITH_TIMEOUT(RunDirectory::is_run(studio.path("runs/the second").toStdString()), kPatience_ms);
    runs.openWhenThere(studio.path("runs/the second"));
    QTRY_COMPARE_WITH_TIMEOUT(runs.selected(), studio.path("runs/the second"), kPatience_ms);
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Training, kPatience_ms);
    QCOMPARE(run.name(), QString("the second"));
    const std::optional<RunParent> parent = RunDirectory::open(studio.path("runs/the second").toStdString()).info().parent;
    QVERIFY(parent);
    QCOMPARE(parent->checkpoint, RunDirectory::step_name(saved.at("step").get<int64_t>()));
    const auto branch = std::find_if(runs.list()->all().begin(), runs.list()->all().end(),
                                     [&](const RunItem& item) { return item.path == runs.selected(); });
    QCOMPARE(branch->depth, 1);

    // The first run over the second, and what their plans have differently.
    runs.overlays()->setOn(path, true);
    QTRY_VERIFY_WITH_TIMEOUT(!runs.overlays()->comparedName().isEmpty(), kPatience_ms);
    QTRY_VERIFY_WITH_TIMEOUT(runs.overlays()->end(SeriesAxis::Step) == stopped_at, kPatience_ms);
    QVERIFY(runs.overlays()->differences()->rowCount() >= 2);  // name and init

    run.stop();
    QTRY_COMPARE_WITH_TIMEOUT(run.state(), app::RunState::Stopped, kPatience_ms);
    QVERIFY2(failed.isEmpty(), failed.isEmpty() ? "" : qPrintable(failed[0][0].toString()));
  }
};

DARKROOM_TEST(StudioRunsTest);
#include "studio_runs_test.moc"
