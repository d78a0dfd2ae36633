// SPDX-License-Identifier: Apache-2.0
#include "core/plan/plan_templates.h"

#include <cmath>

#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

std::vector<double> shares(const PhasePlan& phase) {
  std::vector<double> all;
  for (const SourcePlan& source : phase.sources) {
    all.push_back(source.share);
  }
  return all;
}

}  // namespace

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
    const std::vector<double> dropouts{0.05, 0.05, 0.1, 0.15, 0.15, 0.15, 0.15};
    const std::vector<double> gammas{5, 3, 5, 5, 5, 5, 5};
    for (size_t i = 0; i < 7; ++i) {
      QCOMPARE(plan.phases[i].cfg_dropout, dropouts[i]);
      QCOMPARE(plan.phases[i].min_snr_gamma, gammas[i]);
      QCOMPARE(plan.phases[i].warmup_from, 0.01);
      QCOMPARE(plan.phases[i].floor, 0.01);
      QCOMPARE(plan.phases[i].schedule, std::string("cosine"));
      QCOMPARE(plan.phases[i].prediction, std::string("epsilon"));
    }
    QCOMPARE(shares(plan.phases[5]), (std::vector<double>{0.6, 0.2, 0.2}));
    QCOMPARE(shares(plan.phases[6]), (std::vector<double>{0.37, 0.44, 0.09, 0.1}));
    QCOMPARE(plan.model.layout, std::string("sd15"));
    QVERIFY(!plan.model.text_attention_mask);
    QCOMPARE(plan.optimizer.name, std::string("adamw"));
    QCOMPARE(plan.optimizer.beta1, 0.9);
    QCOMPARE(plan.optimizer.beta2, 0.999);
    QCOMPARE(plan.optimizer.eps, 1e-8);
    QCOMPARE(plan.optimizer.weight_decay, 0.01);
    QCOMPARE(plan.clip_norm, 1.0);
    QCOMPARE(plan.ema.decay, 0.9999);
    QVERIFY(plan.ema.warmup);
    QCOMPARE(plan.checkpoint.every_steps, int64_t{1500});
    QCOMPARE(plan.precision, std::string("bf16"));
    QCOMPARE(plan.memory_format, std::string("channels_last"));
    QCOMPARE(plan.validation.samples, int64_t{500});
    QCOMPARE(plan.validation.steps, int64_t{25});
    QCOMPARE(plan.validation.cfg, 7.5);
    QCOMPARE(plan.validation.seed, int64_t{42});
    QCOMPARE(plan.validation.prompts.size(), size_t{9});
    QVERIFY(plan.logging.tensorboard);
    QCOMPARE(plan.logging.wandb, std::string("offline"));
  }

  void thePocketPlanHasTheRecipesPhasesOnTheDemosCategories() {
    const TrainingPlan recipe = plan_template("recipe");
    const TrainingPlan pocket = plan_template("pocket_seven_phases");
    QCOMPARE(pocket.total_epochs(), int64_t{48});
    QCOMPARE(pocket.model.layout, std::string("pocket"));
    QCOMPARE(pocket.phases.size(), recipe.phases.size());
    for (size_t i = 0; i < recipe.phases.size(); ++i) {
      QCOMPARE(pocket.phases[i].name, recipe.phases[i].name);
      QCOMPARE(pocket.phases[i].epochs, recipe.phases[i].epochs);
      QCOMPARE(pocket.phases[i].cfg_dropout, recipe.phases[i].cfg_dropout);
      QCOMPARE(pocket.phases[i].min_snr_gamma, recipe.phases[i].min_snr_gamma);
      QCOMPARE(shares(pocket.phases[i]), shares(recipe.phases[i]));
      // Rates fall from phase to phase as in the recipe.
      QVERIFY(std::abs(pocket.phases[i].peak_lr / pocket.phases[0].peak_lr - recipe.phases[i].peak_lr / recipe.phases[0].peak_lr) < 1e-9);
    }
  }

  void theFineTuneStartsFromAModel() {
    const TrainingPlan plan = plan_template("fine_tune");
    QVERIFY(!plan.model.init_from.empty());
    QVERIFY(plan.phases.front().peak_lr < 1e-5);
  }

  void everyListedTemplateCanBeMadeAndHasNoProblem() {
    const std::vector<PlanTemplate> templates = plan_templates();
    QCOMPARE(templates.size(), size_t{11});
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
