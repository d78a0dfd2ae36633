// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_pick.h"

#include "app/runs/branch_plan.h"
#include "core/plan/plan_templates.h"
#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

namespace {

JournalItem entry(double step) {
  JournalItem item;
  item.text = QStringLiteral("at %1").arg(step);
  item.step = step;
  return item;
}

SampleGridModel::Step samples(int step) {
  SampleItem item;
  item.imageUrl = QUrl::fromLocalFile(QStringLiteral("/step%1/a.png").arg(step));
  item.category = QStringLiteral("forest");
  item.step = step;
  SampleItem other = item;
  other.imageUrl = QUrl::fromLocalFile(QStringLiteral("/step%1/b.png").arg(step));
  other.category = QStringLiteral("city");
  return {step, {item, other}};
}

RunPoint point(double step) {
  RunPoint at;
  at.valid = true;
  at.step = step;
  return at;
}

}  // namespace

class RunPickTest : public QObject {
  Q_OBJECT

 private slots:
  void theJournalAroundAStepIsInOrder() {
    const QList<JournalItem> near = journalAround({entry(900), entry(-1), entry(110), entry(95), entry(10), entry(400)}, 100, 3);
    QCOMPARE(near.size(), 3);
    QCOMPARE(near[0].step, 10.0);
    QCOMPARE(near[1].step, 95.0);
    QCOMPARE(near[2].step, 110.0);
  }

  void samplesAreTheLastOnesBeforeThePoint() {
    RunPick pick;
    QVERIFY(!pick.active());
    pick.show(point(250), {}, {samples(100), samples(200), samples(300)});
    QVERIFY(pick.active());
    QCOMPARE(pick.sampleStep(), 200);
    QCOMPARE(pick.samples()->rowCount(), 2);
    pick.show(point(50), {}, {samples(100), samples(200)});
    QCOMPARE(pick.sampleStep(), 100);  // none before it: the first
    pick.show(point(50), {}, {});
    QCOMPARE(pick.sampleStep(), -1);
    pick.close();
    QVERIFY(!pick.active());
  }

  void aWipeHasTheOtherStepBesideEachPicture() {
    SampleGridModel grid;
    grid.setSteps({samples(100), samples(200), samples(300)});
    QCOMPARE(grid.step(), 300);
    QVERIFY(grid.at(0).besideUrl.isEmpty());
    grid.setMode(SampleGridModel::Wipe);
    QCOMPARE(grid.besideStep(), 100);
    QCOMPARE(grid.at(1).besideUrl, QUrl::fromLocalFile("/step100/b.png"));
    grid.setBesideIndex(1);
    QCOMPARE(grid.at(0).besideUrl, QUrl::fromLocalFile("/step200/a.png"));
    grid.setStepIndex(0);
    QCOMPARE(grid.at(0).imageUrl, QUrl::fromLocalFile("/step100/a.png"));
  }

  void onePromptIsShownOverAllSteps() {
    SampleGridModel grid;
    grid.setSteps({samples(100), samples(200), samples(300)});
    grid.setMode(SampleGridModel::AllSteps);
    grid.setChosen(1);
    QCOMPARE(grid.rowCount(), 3);
    QCOMPARE(grid.at(0).imageUrl, QUrl::fromLocalFile("/step100/b.png"));
    QCOMPARE(grid.at(2).step, 300);
    QCOMPARE(grid.chosenCategory(), QString("city"));
    grid.setChosen(99);
    QCOMPARE(grid.chosen(), 1);
  }

  void newSamplesAreFollowedUntilAnotherStepIsPicked() {
    SampleGridModel grid;
    grid.setSteps({samples(100)});
    grid.setSteps({samples(100), samples(200)});
    QCOMPARE(grid.step(), 200);
    grid.showStepAt(150);
    QCOMPARE(grid.step(), 100);
    grid.setSteps({samples(100), samples(200), samples(300)});
    QCOMPARE(grid.step(), 100);
    QCOMPARE(grid.besideStep(), 100);
  }

  void aBranchHasWhatThePlanStillHadToDo() {
    fixture::fakeEngine();
    TrainingPlan plan = plan_template("pocket_demo");
    const PhasePlan phase = plan.phases[0];
    plan.phases = {phase, phase, phase};
    plan.phases[0].epochs = 10;
    plan.phases[1].epochs = 7;
    plan.phases[2].epochs = 3;
    plan.phases[1].name = "second";
    const TrainingPlan branch = branchPlan(plan, "/runs/a/checkpoints/step_0000100", 1, 12.4);
    QCOMPARE(branch.phases.size(), size_t{2});
    QCOMPARE(branch.phases[0].name, std::string("second"));
    QCOMPARE(branch.phases[0].epochs, int64_t{5});  // 17 - 12.4
    QCOMPARE(branch.phases[1].epochs, int64_t{3});
    QCOMPARE(branch.model.init_from, std::string("/runs/a/checkpoints/step_0000100"));
    QCOMPARE(branch.model.init_state, std::string("all"));
    QCOMPARE(branchPlan(plan, "x", 2, 20).phases[0].epochs, int64_t{1});  // at the very end
    QCOMPARE(branchPlan(plan, "x", 1, 12).phases[0].epochs, int64_t{5});
  }
};

DARKROOM_TEST(RunPickTest);
#include "run_pick_test.moc"
