// SPDX-License-Identifier: Apache-2.0
// Goldens: tests/parity/make_diffusion_goldens.py (whole loops of diffusers' DDIMScheduler over an analytic model, float64).
#include "core/base/json.h"
#include "core/diffusion/sampler.h"
#include "tests/core/diffusion/diffusion_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

torch::Tensor start() { return torch::tensor({-3.5, -1.0, -0.25, 0.0, 0.5, 1.25, 2.0, 4.0}, torch::kFloat32).view({1, 2, 2, 2}); }

SamplingPlan ddim_plan(int64_t steps, const SpacingOptions& model = {}, double eta = 0) {
  return plan_sampling(sd15(), find_sampler("ddim"), {.steps = steps, .spacing = {}, .model = model, .eta = eta});
}

std::vector<int64_t> timesteps(const SamplingPlan& plan) {
  std::vector<int64_t> values;
  for (const SamplingMove& move : plan.moves) {
    values.push_back(static_cast<int64_t>(move.from.t));
  }
  return values;
}

}  // namespace

class DdimTest : public QObject {
  Q_OBJECT

 private slots:
  void twentyLeadingStepsOfStableDiffusion() {
    const SamplingPlan twenty = ddim_plan(20);
    QCOMPARE(twenty.moves.front().from.t, 951.0);
    QCOMPARE(twenty.moves[1].from.t, 901.0);
    QCOMPARE(twenty.moves.back().from.t, 1.0);
    QCOMPARE(twenty.moves.back().to.alpha_bar, sd15().alpha_bar[0]);
  }

  void hundredStepsOfTheSourceRunEndAtOne() {
    const SamplingPlan hundred = ddim_plan(100, {.spacing = TimestepSpacing::source_run});
    QCOMPARE(hundred.moves.front().from.t, 990.0);
    QCOMPARE(hundred.moves[1].from.t, 980.0);
    QCOMPARE(hundred.moves.back().from.t, 0.0);
    QCOMPARE(hundred.moves.back().to.alpha_bar, 1.0);
  }

  void wholeLoopsAgreeWithDiffusers() {
    for (const Json& loop : golden("ddim.json").at("loops")) {
      SamplerRun run;
      run.plan = ddim_plan(loop.at("steps").get<int64_t>(), spacing_from_config(loop.at("config"), "golden"), loop.at("eta").get<double>());
      QCOMPARE(timesteps(run.plan), loop.at("timesteps").get<std::vector<int64_t>>());
      run.prediction = prediction_from_name(loop.at("prediction").get<std::string>());
      run.noise = [step = 0](const torch::Tensor& x, double, double) mutable {
        return torch::sin(torch::arange(8, torch::kFloat64).view(x.sizes()) * 1.7 + 0.3 * step++).to(torch::kFloat32);
      };
      const torch::Tensor final = find_sampler("ddim").run(&analytic_model, start(), run).flatten();
      for (int64_t i = 0; i < 8; ++i) {
        const double expected = loop.at("final").at(static_cast<size_t>(i)).get<double>();
        QVERIFY2(std::abs(final[i].item<double>() - expected) < 1e-4,
                 qPrintable(QString("%1 and %2").arg(final[i].item<double>()).arg(expected)));
      }
    }
  }

  void oneStepByHand() {
    // alpha_bar 0.25 to 0.81 with eps = x / 2: x0 = (x - sqrt(0.75) x / 2) / 0.5, x' = 0.9 x0 + sqrt(0.19) x / 2.
    SamplerRun run;
    run.plan.moves = {{NoiseLevel::of_alpha_bar(500, 0.25), NoiseLevel::of_alpha_bar(100, 0.81)}};
    const torch::Tensor x = sample_ddim([](const torch::Tensor& at, double) { return at / 2; }, start(), run);
    const double factor = 0.9 * (1 - std::sqrt(0.75) / 2) / 0.5 + std::sqrt(0.19) / 2;
    QVERIFY(torch::allclose(x, factor * start(), 1e-6, 1e-6));
  }

  void predictedLatentsAreNotClamped() {
    SamplerRun run;
    run.plan = ddim_plan(4, {.spacing = TimestepSpacing::source_run});
    double largest = 0;
    run.seen = [&largest](int64_t, int64_t, const torch::Tensor& x0) { largest = std::max(largest, x0.abs().max().item<double>()); };
    const torch::Tensor x = sample_ddim([](const torch::Tensor& at, double) { return torch::zeros_like(at); }, start(), run);
    QVERIFY(largest > 4);
    QVERIFY(x.abs().max().item<double>() > 4);
  }
};

DARKROOM_TEST(DdimTest);
#include "ddim_test.moc"
