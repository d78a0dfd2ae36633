// SPDX-License-Identifier: Apache-2.0
// Goldens: tests/parity/make_diffusion_goldens.py (whole loops of diffusers' DDIMScheduler over an analytic model, float64).
#include "core/base/json.h"
#include "core/diffusion/sampler.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

const Json& golden() {
  static const Json json = read_json_file(DARKROOM_TEST_DATA "/golden/ddim.json");
  return json;
}

NoiseSchedule sd15() { return NoiseSchedule::scaled_linear(0.00085, 0.012, 1000); }

torch::Tensor start() { return torch::tensor({-3.5, -1.0, -0.25, 0.0, 0.5, 1.25, 2.0, 4.0}, torch::kFloat64).view({1, 2, 2, 2}); }

torch::Tensor analytic_model(const torch::Tensor& x, double t) { return torch::tanh(0.7 * x) + 0.1 * std::sin(t / 100); }

SpacingOptions spacing(const Json& config) { return spacing_from_config(config, "golden"); }

std::vector<int64_t> timesteps(const std::vector<TimestepMove>& moves) {
  std::vector<int64_t> values;
  for (const TimestepMove& move : moves) {
    values.push_back(move.t);
  }
  return values;
}

}  // namespace

class DdimTest : public QObject {
  Q_OBJECT

 private slots:
  void twentyLeadingStepsOfStableDiffusion() {
    const auto moves = plan_timesteps(sd15(), 20, {.spacing = TimestepSpacing::leading, .steps_offset = 1, .set_alpha_to_one = false});
    QCOMPARE(moves.front().t, int64_t{951});
    QCOMPARE(moves[1].t, int64_t{901});
    QCOMPARE(moves.back().t, int64_t{1});
    QCOMPARE(moves.back().alpha_bar_previous, sd15().alpha_bar[0]);
  }

  void hundredStepsOfTheSourceRunEndAtOne() {
    const auto moves = plan_timesteps(sd15(), 100, {.spacing = TimestepSpacing::source_run});
    QCOMPARE(moves.front().t, int64_t{990});
    QCOMPARE(moves[1].t, int64_t{980});
    QCOMPARE(moves.back().t, int64_t{0});
    QCOMPARE(moves.back().alpha_bar_previous, 1.0);
  }

  void wholeLoopsAgreeWithDiffusers() {
    for (const Json& loop : golden().at("loops")) {
      SamplerRun run;
      run.moves = plan_timesteps(sd15(), loop.at("steps").get<int64_t>(), spacing(loop.at("config")));
      QCOMPARE(timesteps(run.moves), loop.at("timesteps").get<std::vector<int64_t>>());
      run.prediction = prediction_from_name(loop.at("prediction").get<std::string>());
      run.eta = loop.at("eta").get<double>();
      run.noise = [](const torch::Tensor& x, int64_t step) {
        return torch::sin(torch::arange(8, torch::kFloat64).view(x.sizes()) * 1.7 + 0.3 * static_cast<double>(step));
      };
      const torch::Tensor final = find_sampler("ddim").run(&analytic_model, start(), run).flatten();
      for (int64_t i = 0; i < 8; ++i) {
        const double expected = loop.at("final").at(static_cast<size_t>(i)).get<double>();
        QVERIFY2(std::abs(final[i].item<double>() - expected) < 1e-4,
                 qPrintable(QString("%1 and %2").arg(final[i].item<double>()).arg(expected)));
      }
    }
  }

  void predictedLatentsAreNotClamped() {
    SamplerRun run;
    run.moves = plan_timesteps(sd15(), 4, {.spacing = TimestepSpacing::source_run});
    double largest = 0;
    run.seen = [&largest](int64_t, int64_t, const torch::Tensor& x0) { largest = std::max(largest, x0.abs().max().item<double>()); };
    const torch::Tensor x = sample_ddim([](const torch::Tensor& at, double) { return torch::zeros_like(at); }, start(), run);
    QVERIFY(largest > 4);
    QVERIFY(x.abs().max().item<double>() > 4);
  }

  void reportsEachStepAndObeysCancel() {
    SamplerRun run;
    run.moves = plan_timesteps(sd15(), 10, {});
    std::vector<int64_t> seen;
    run.seen = [&](int64_t step, int64_t of, const torch::Tensor&) {
      QCOMPARE(of, int64_t{10});
      seen.push_back(step);
      if (step == 3) {
        run.cancel.cancel();
      }
    };
    QVERIFY_EXCEPTION_THROWN(sample_ddim(&analytic_model, start(), run), Error);
    QCOMPARE(seen, (std::vector<int64_t>{1, 2, 3}));
  }

  void rejectsImpossiblePlans() {
    QVERIFY_EXCEPTION_THROWN(plan_timesteps(sd15(), 0, {}), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(plan_timesteps(sd15(), 1001, {}), std::invalid_argument);
    QCOMPARE(plan_timesteps(sd15(), 1000, {.steps_offset = 1}).front().t, int64_t{999});  // no room for the offset
    QVERIFY_EXCEPTION_THROWN(sample_ddim(&analytic_model, start(), SamplerRun{}), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(find_sampler("ddmi"), Error);
    QVERIFY_EXCEPTION_THROWN(timestep_spacing_from_name("leding"), Error);
  }
};

DARKROOM_TEST(DdimTest);
#include "ddim_test.moc"
