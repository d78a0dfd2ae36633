// SPDX-License-Identifier: Apache-2.0
#include "core/plan/plan_templates.h"

#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;

class PlanTemplatesTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { qputenv("DARKROOM_RESOURCES", DARKROOM_SOURCE_DIR "/resources"); }

  void theRecipeHasItsSevenPhases() {
    const TrainingPlan plan = plan_template("recipe");
    QCOMPARE(plan.phases.size(), size_t{7});
    QCOMPARE(plan.total_epochs(), int64_t{48});
    QCOMPARE(plan.batch.per_device * 2 * plan.batch.accumulation, int64_t{96});
    const std::vector<int64_t> epochs{10, 7, 5, 7, 9, 4, 6};
    const std::vector<double> rates{1e-5, 1e-5, 1e-5, 2e-6, 1.5e-6, 1e-6, 1e-6};
    const std::vector<int64_t> warmups{500, 500, 500, 200, 150, 100, 150};
    for (size_t i = 0; i < 7; ++i) {
      QCOMPARE(plan.phases[i].epochs, epochs[i]);
      QCOMPARE(plan.phases[i].peak_lr, rates[i]);
      QCOMPARE(plan.phases[i].warmup_steps, warmups[i]);
    }
    QCOMPARE(plan.phases[0].cfg_dropout, 0.05);
    QCOMPARE(plan.phases[6].cfg_dropout, 0.15);
    QCOMPARE(plan.ema.decay, 0.9999);
    QCOMPARE(plan.checkpoint.every_steps, int64_t{1500});
    QCOMPARE(plan.precision, std::string("bf16"));
  }

  void everyListedTemplateCanBeMadeAndHasNoProblem() {
    const std::vector<PlanTemplate> templates = plan_templates();
    QCOMPARE(templates.size(), size_t{9});
    for (const PlanTemplate& entry : templates) {
      const TrainingPlan plan = plan_template(entry.name);
      std::vector<Problem> problems;
      check_plan(plan, problems);
      QVERIFY2(problems.empty(), entry.name.c_str());
      QVERIFY(!plan.phases.empty() && !entry.description.empty());
    }
    QCOMPARE(plan_template("faces").phases.size(), size_t{1});
  }

  void anUnknownTemplateIsAUsageErrorWithTheNearestName() {
    try {
      plan_template("recpie");
      QFAIL("made");
    } catch (const Error& error) {
      QCOMPARE(error.code(), ErrorCode::usage);
      QVERIFY(std::string(error.what()).find("did you mean recipe?") != std::string::npos);
    }
  }
};

DARKROOM_TEST(PlanTemplatesTest);
#include "plan_templates_test.moc"
