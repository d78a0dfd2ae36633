// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plans/plan_timeline.h"

#include <cmath>

#include "core/plan/plan_templates.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

class PlanTimelineTest : public QObject {
  Q_OBJECT

 private slots:
  void phasesOfTheRecipeReadAsTheRecipeDoes() {
    const TrainingPlan plan = plan_template("recipe");
    const QList<PhaseRow> rows = phaseRows(plan, {}, {});
    QCOMPARE(rows.size(), 7);
    QCOMPARE(rows[1].epochsText, QString("epochs 11–17"));
    QCOMPARE(rows[6].epochsText, QString("epochs 43–48"));
    QCOMPARE(rows[3].dropoutText, QString::fromUtf8("15\u00a0%"));
    QCOMPARE(rows[6].sourceShares.size(), 4);
    QCOMPARE(rateRangeText(plan), QString("log, 1e-8 to 1e-5"));
  }

  void widthsFollowTheTimesWhereTheyAreKnown() {
    TrainingPlan plan = plan_template("recipe");
    plan.phases.resize(2);
    QList<PhaseRow> rows = phaseRows(plan, {.epochSteps = {100, 300}, .seconds = {}}, {});
    QCOMPARE(rows[0].weight, 1000.0 / 3100.0);  // 10 epochs of 100 steps, 7 of 300
    QCOMPARE(rows[1].startText, QString("step 1,000"));
    rows = phaseRows(plan, {.epochSteps = {100, 300}, .seconds = {3600, 1800}}, {});
    QCOMPARE(rows[0].weight, 2.0 / 3.0);
    QCOMPARE(rows[1].startText, QString::fromUtf8("1 h 0\u00a0min"));
  }

  void theRateCurveStartsLowPeaksAfterTheWarmUpAndEndsAtTheFloor() {
    TrainingPlan plan = plan_template("recipe");
    const QList<PhaseRow> rows = phaseRows(plan, {.epochSteps = {1000, 1, 1, 1, 1, 1, 1}, .seconds = {}}, {});
    const QVariantList& rate = rows[0].rate;
    double highest = 1;
    double where = 0;
    for (const QVariant& point : rate) {
      if (point.toPointF().y() < highest) {
        highest = point.toPointF().y();
        where = point.toPointF().x();
      }
    }
    QVERIFY(std::abs(highest) < 1e-9);                                  // 1e-5 is the top of the lane
    QVERIFY(std::abs(where - 0.05) < 1e-9);                             // 500 of 10,000 steps
    QVERIFY(std::abs(rate.first().toPointF().y() - 2.0 / 3.0) < 1e-6);  // 1e-7 on a lane from 1e-5 to 1e-8
    QVERIFY(std::abs(rate.last().toPointF().y() - 2.0 / 3.0) < 1e-6);
    QCOMPARE(rate.last().toPointF().x(), 1.0);
  }

  void aDatasetKeepsItsColour() {
    const TrainingPlan plan = plan_template("recipe");
    const QHash<QString, int> colors = sourceColors(plan);
    const QList<PhaseRow> rows = phaseRows(plan, {}, {});
    for (size_t phase = 0; phase < plan.phases.size(); ++phase) {
      for (size_t source = 0; source < plan.phases[phase].sources.size(); ++source) {
        QCOMPARE(rows[static_cast<int>(phase)].sourceColors[static_cast<int>(source)],
                 colors.value(QString::fromStdString(plan.phases[phase].sources[source].dataset)));
      }
    }
  }

  void problemsNameTheirPhase() {
    const TrainingPlan plan = plan_template("recipe");
    const QList<PlanProblem> rows =
        problemRows(plan, {{"/phases/3/peak_lr", "is 0: nothing would be learned"}}, {{"/model/vae", "is far away"}});
    QCOMPARE(rows[0].phase, 3);
    QCOMPARE(rows[0].place, QString("Phase 4, peak lr"));
    QVERIFY(rows[0].stops);
    QCOMPARE(rows[1].phase, -1);
    QVERIFY(!rows[1].stops);
    QCOMPARE(phaseRows(plan, {}, {{"/phases/3/peak_lr", "x"}, {"/phases/30", "x"}})[3].problems, 1);
  }

  void differencesNameEveryValueThatDiffers() {
    TrainingPlan one = plan_template("recipe");
    TrainingPlan two = one;
    QVERIFY(differences(to_json(one), to_json(two)).isEmpty());
    two.phases[2].peak_lr = 3e-6;
    two.phases.pop_back();
    const QList<PlanDifference> rows = differences(to_json(one), to_json(two));
    QCOMPARE(rows.size(), 2);
    QCOMPARE(rows[0].place, QString("/phases/2/peak_lr"));
    QCOMPARE(rows[0].there, QString("3e-06"));
    QCOMPARE(rows[1].place, QString("/phases/6"));
    QCOMPARE(rows[1].there, QString("–"));
  }
};
DARKROOM_TEST(PlanTimelineTest);
#include "plan_timeline_test.moc"
