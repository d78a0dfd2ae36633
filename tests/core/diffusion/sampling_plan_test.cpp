// SPDX-License-Identifier: Apache-2.0
// Numbers without another source are from generating.md 2.4 and 2.5 (measured there on diffusers and k-diffusion).
#include "core/diffusion/sampling_plan.h"

#include "core/base/json.h"
#include "core/diffusion/sampler.h"
#include "tests/core/diffusion/diffusion_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

SamplingPlan plan(const char* sampler, const SamplingRequest& request) { return plan_sampling(sd15(), find_sampler(sampler), request); }

std::vector<double> asked(const SamplingPlan& plan) {
  std::vector<double> values;
  for (const SamplingMove& move : plan.moves) {
    values.push_back(move.from.t);
  }
  return values;
}

bool near(const std::vector<double>& got, const std::vector<double>& expected, double absolute) {
  bool all = got.size() == expected.size();
  for (size_t i = 0; all && i < got.size(); ++i) {
    all = std::abs(got[i] - expected[i]) <= absolute;
  }
  return all;
}

}  // namespace

class SamplingPlanTest : public QObject {
  Q_OBJECT

 private slots:
  void sigmasOfStableDiffusion() {
    const SigmaTable table(sd15());
    QVERIFY(std::abs(table.smallest() / 0.0291675 - 1) < 2e-6);  // of which 6 digits are known
    QVERIFY(std::abs(table.largest() / 14.614647 - 1) < 1e-6);
    const Json golden = read_json_file(DARKROOM_TEST_DATA "/golden/samplers.json");
    for (const auto& [t, sigma] : golden.at("sigmas").items()) {
      QVERIFY2(std::abs(table.at(std::stol(t)) / sigma.get<double>() - 1) < 1e-6, t.c_str());
    }
    QCOMPARE(table.linear(500), table.at(500));
    QCOMPARE(table.logarithmic(500), table.at(500));
    QVERIFY(std::abs(table.linear(500.5) - (table.at(500) + table.at(501)) / 2) < 1e-12);
    QVERIFY(std::abs(table.logarithmic(500.5) - std::sqrt(table.at(500) * table.at(501))) < 1e-12);
    for (const double t : {0.0, 0.25, 17.5, 998.75, 999.0}) {
      QVERIFY(std::abs(table.t_of(table.logarithmic(t)) - t) < 1e-9);
    }
    QCOMPARE(table.t_of(1e-9), 0.0);
    QCOMPARE(table.t_of(1e9), 999.0);
  }

  void karrasAndUniformTablesOfTenSteps() {
    const SigmaTable table(sd15());
    QVERIFY(near(karras_sigmas(10, table.smallest(), table.largest()),
                 {14.6146, 9.1029, 5.4784, 3.1686, 1.7494, 0.9141, 0.4469, 0.2014, 0.0819, 0.0292}, 6e-5));
    std::vector<double> uniform;
    for (const SamplingMove& move : plan("dpmpp_3m_sde", {.steps = 10}).moves) {
      uniform.push_back(move.from.sigma);
    }
    QVERIFY(near(uniform, {14.6146, 7.8399, 4.6092, 2.9183, 1.9502, 1.3449, 0.9324, 0.6250, 0.3687, 0.0292}, 6e-5));
  }

  void schedulesByHand() {
    QVERIFY(near(exponential_sigmas(3, 0.25, 4), {4, 1, 0.25}, 1e-12));
    QVERIFY(near(karras_sigmas(3, 1, 128), {128, std::pow(1.5, 7), 1}, 1e-9));  // 128^(1/7) is 2
    QVERIFY(near(beta_sigmas(3, 1, 5), {5, 3, 1}, 1e-9));                       // symmetric: the median is a half
    QCOMPARE(karras_sigmas(1, 0.1, 3), std::vector<double>{3});
    // Beta(1, 1) is uniform; Beta(2, 1) has the distribution x^2; Beta(1/2, 1/2) is the arcsine's.
    QVERIFY(std::abs(beta_quantile(0.3, 1, 1) - 0.3) < 1e-12);
    QVERIFY(std::abs(beta_quantile(0.49, 2, 1) - 0.7) < 1e-12);
    QVERIFY(std::abs(beta_quantile(0.25, 0.5, 0.5) - std::pow(std::sin(M_PI / 8), 2)) < 1e-12);
    QCOMPARE(beta_quantile(0, 0.6, 0.6), 0.0);
    QCOMPARE(beta_quantile(1, 0.6, 0.6), 1.0);
    QVERIFY_EXCEPTION_THROWN(beta_quantile(1.1, 1, 1), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(karras_sigmas(3, 2, 1), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(exponential_sigmas(0, 1, 2), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(simple_levels(1001, SigmaTable(sd15())), std::invalid_argument);
  }

  void uniformLeftOutAndSimpleLevels() {
    std::vector<double> simple = asked(plan("euler", {.steps = 5, .schedule = SigmaSchedule::simple}));
    QCOMPARE(simple, (std::vector<double>{999, 799, 599, 399, 199}));
    std::vector<double> sgm = asked(plan("euler", {.steps = 4, .schedule = SigmaSchedule::sgm_uniform}));
    QVERIFY(near(sgm, {999, 749.25, 499.5, 249.75}, 1e-9));
    QCOMPARE(plan("euler", {.steps = 4, .schedule = SigmaSchedule::sgm_uniform}).moves.back().to.sigma, 0.0);
  }

  void trainStepsOfEachFamily() {
    QCOMPARE(asked(plan("pndm", {.steps = 20})).size(), size_t{21});
    const std::vector<double> plms = asked(plan("pndm", {.steps = 20}));
    QCOMPARE(std::vector<double>(plms.begin(), plms.begin() + 4), (std::vector<double>{951, 901, 901, 851}));
    const std::vector<double> multistep = asked(plan("dpmpp_2m", {.steps = 20}));
    QCOMPARE(multistep.front(), 999.0);
    QCOMPARE(multistep[1], 949.0);
    QCOMPARE(multistep[10], 500.0);  // 499.5 goes to the even side
    QCOMPARE(multistep.back(), 50.0);
    QCOMPARE(asked(plan("lcm", {.steps = 4})), (std::vector<double>{999, 759, 499, 259}));
    QVERIFY(near(asked(plan("euler", {.steps = 3})), {999, 499.5, 0}, 0));
    QCOMPARE(asked(plan("euler", {.steps = 1})), std::vector<double>{999});
    QCOMPARE(asked(plan("ddim", {.steps = 1000})).front(), 999.0);  // no room for the offset
  }

  void strengthKeepsTheEnd() {
    const SamplingPlan whole = plan("euler", {.steps = 20});
    const SamplingPlan part = plan("euler", {.steps = 20, .spacing = {}, .model = {}, .eta = 0, .strength = 0.75});
    QCOMPARE(part.moves.size(), size_t{15});
    QCOMPARE(part.moves.front().from.t, whole.moves[5].from.t);
    QCOMPARE(part.moves.back().to.sigma, 0.0);
    QCOMPARE(plan("euler", {.steps = 20, .spacing = {}, .model = {}, .eta = 0, .strength = 0.99}).moves.size(), size_t{19});  // int(19.8)
    // PLMS repeats the first move of what is left.
    const std::vector<double> plms = asked(plan("pndm", {.steps = 20, .spacing = {}, .model = {}, .eta = 0, .strength = 0.5}));
    QCOMPARE(std::vector<double>(plms.begin(), plms.begin() + 3), (std::vector<double>{451, 401, 401}));
    QCOMPARE(plms.size(), size_t{11});
  }

  void latentsEnterAtTheFirstLevel() {
    const torch::Tensor latents = torch::full({1, 4, 2, 2}, 2.0F);
    const torch::Tensor noise = torch::full({1, 4, 2, 2}, -1.0F);
    const SamplingPlan half = plan("ddim", {.steps = 10, .spacing = {}, .model = {}, .eta = 0, .strength = 0.5});
    const double alpha_bar = sd15().alpha_bar[401];
    const torch::Tensor x = half.start(latents, noise);
    QVERIFY(torch::allclose(x, torch::full_like(x, 2 * std::sqrt(alpha_bar) - std::sqrt(1 - alpha_bar)), 1e-6, 1e-6));
    const SamplingPlan none = plan("ddim", {.steps = 10, .spacing = {}, .model = {}, .eta = 0, .strength = 0.05});
    QVERIFY(none.moves.empty());
    QVERIFY(torch::equal(none.start(latents, noise), latents));
    QVERIFY_EXCEPTION_THROWN(none.start(noise), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(half.start(latents, noise.narrow(1, 0, 2)), std::invalid_argument);
  }

  void planSaysWhichSpacingItUsed() {
    QCOMPARE(plan("euler", {.steps = 5}).spacing.value(), TimestepSpacing::linspace);
    QCOMPARE(plan("ddim", {.steps = 5}).spacing.value(), TimestepSpacing::leading);
    QCOMPARE(plan("euler", {.steps = 5, .spacing = {}, .model = {.spacing = TimestepSpacing::trailing}}).spacing.value(),
             TimestepSpacing::trailing);
    QVERIFY(!plan("lcm", {.steps = 5}).spacing);
    QVERIFY(!plan("euler", {.steps = 5, .schedule = SigmaSchedule::simple}).spacing);
    QVERIFY(!plan("unipc", {.steps = 5, .schedule = SigmaSchedule::karras}).spacing);
  }

  void rejectsImpossibleTimesteps() {
    QVERIFY_EXCEPTION_THROWN(whole_timesteps(1000, 0, TimestepSpacing::leading, 1), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(whole_timesteps(1000, 1001, TimestepSpacing::leading, 1), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(upper_timesteps(1000, 1000, TimestepSpacing::linspace, 1), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(whole_timesteps(1000, 10, TimestepSpacing::leading, -1), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(timestep_spacing_from_name("leding"), Error);
    QVERIFY_EXCEPTION_THROWN(sigma_schedule_from_name("karas"), Error);
    QVERIFY_EXCEPTION_THROWN(spacing_from_config(Json{{"timestep_spacing", 3}}, "scheduler_config.json"), Error);
    QVERIFY(!spacing_from_config(Json{{"steps_offset", 1}}, "scheduler_config.json").spacing);
  }
};

DARKROOM_TEST(SamplingPlanTest);
#include "sampling_plan_test.moc"
