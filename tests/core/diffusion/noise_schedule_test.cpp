// SPDX-License-Identifier: Apache-2.0
// Goldens: tests/parity/make_diffusion_goldens.py (diffusers' DDPMScheduler, float32 tables).
#include "core/diffusion/noise_schedule.h"

#include "core/base/json.h"
#include "core/diffusion/prediction.h"
#include "tests/core/diffusion/diffusion_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

bool relatively_near(double a, double b, double relative) { return std::abs(a - b) <= relative * std::abs(b); }

}  // namespace

class NoiseScheduleTest : public QObject {
  Q_OBJECT

 private slots:
  void firstAndLastValuesOfStableDiffusion() {
    const NoiseSchedule schedule = sd15();
    QCOMPARE(schedule.alpha_bar.front(), static_cast<double>(0.99915F));
    QVERIFY(std::abs(schedule.alpha_bar.back() - 0.00466010) < 1e-8);
    QCOMPARE(schedule.train_steps(), int64_t{1000});
  }

  void tablesAgreeWithDiffusers() {
    const NoiseSchedule schedule = sd15();
    for (const auto& [t, value] : golden("ddim.json").at("alpha_bar").items()) {
      QVERIFY(relatively_near(schedule.alpha_bar[std::stoul(t)], value.get<double>(), 1e-6));
      QVERIFY(relatively_near(schedule.alpha_bar_T[std::stol(t)].item<double>(), value.get<double>(), 1e-6));
    }
    const NoiseSchedule linear = NoiseSchedule::linear(1e-4, 2e-2, 1000);
    for (const auto& [t, value] : golden("ddim.json").at("linear_alpha_bar").items()) {
      QVERIFY(relatively_near(linear.alpha_bar[std::stoul(t)], value.get<double>(), 1e-6));
    }
  }

  void noisyLatentsAndVelocitiesAgreeWithDiffusers() {
    const torch::Tensor x0 = torch::full({3, 1, 1, 1}, 2.0F);
    const torch::Tensor eps = torch::full({3, 1, 1, 1}, -1.0F);
    const torch::Tensor t = torch::tensor({0, 500, 999}, torch::kInt64);
    const torch::Tensor noisy = add_noise(x0, eps, t, sd15()).flatten();
    const torch::Tensor velocity = prediction_target(Prediction::v, x0, eps, t, sd15()).flatten();
    for (int64_t i = 0; i < 3; ++i) {
      QVERIFY(std::abs(noisy[i].item<double>() - golden("ddim.json").at("noisy").at(static_cast<size_t>(i)).get<double>()) < 2e-6);
      QVERIFY(std::abs(velocity[i].item<double>() - golden("ddim.json").at("velocity").at(static_cast<size_t>(i)).get<double>()) < 2e-6);
    }
  }

  void denoisedInvertsNoisingForBothPredictions() {
    const torch::Tensor x0 = torch::linspace(-4, 4, 8).view({1, 2, 2, 2});
    const torch::Tensor eps = torch::linspace(2, -1, 8).view({1, 2, 2, 2});
    const torch::Tensor t = torch::tensor({600}, torch::kInt64);
    const NoiseSchedule schedule = sd15();
    const torch::Tensor x_t = add_noise(x0, eps, t, schedule);
    for (const Prediction prediction : {Prediction::epsilon, Prediction::v}) {
      const Denoised denoised =
          denoised_from_output(prediction, prediction_target(prediction, x0, eps, t, schedule), x_t, schedule.alpha_bar[600]);
      QVERIFY(torch::allclose(denoised.x0, x0, 1e-5, 1e-5));
      QVERIFY(torch::allclose(denoised.eps, eps, 1e-5, 1e-5));
    }
  }

  void readsTheSchedulerConfig() {
    const Json config{{"beta_schedule", "scaled_linear"}, {"beta_start", 0.00085}, {"beta_end", 0.012}, {"num_train_timesteps", 1000}};
    QCOMPARE(NoiseSchedule::from_config(config, "test").alpha_bar.back(), sd15().alpha_bar.back());
  }

  void rescaledScheduleEndsInNoiseAlone() {
    const NoiseSchedule before = sd15();
    const NoiseSchedule after = before.rescaled_zero_terminal_snr();
    QCOMPARE(after.alpha_bar.back(), 0.0);
    QCOMPARE(after.sqrt_one_minus_bar_T[999].item<float>(), 1.0F);
    QVERIFY(std::abs(after.alpha_bar.front() - before.alpha_bar.front()) < 1e-15);
    // sqrt(alpha_bar) is shifted and stretched: equal shares stay equal shares.
    const auto root = [](const NoiseSchedule& schedule, size_t t) { return std::sqrt(schedule.alpha_bar[t]); };
    const double share = (root(before, 400) - root(before, 999)) / (root(before, 0) - root(before, 999));
    QVERIFY(std::abs(root(after, 400) / root(after, 0) - share) < 1e-12);
    QVERIFY_EXCEPTION_THROWN(NoiseSchedule::scaled_linear(0.1, 0.1, 1).rescaled_zero_terminal_snr(), std::invalid_argument);
  }

  void velocityIsReadWhereOnlyNoiseIsLeft() {
    const torch::Tensor x = torch::linspace(-2, 2, 8);
    const torch::Tensor v = torch::linspace(1, 3, 8);
    const Denoised denoised = denoised_from_output(Prediction::v, v, x, 0);
    QVERIFY(torch::equal(denoised.x0, -v));
    QVERIFY(torch::equal(denoised.eps, x));
    QVERIFY_EXCEPTION_THROWN(denoised_from_output(Prediction::epsilon, v, x, 0), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(denoised_from_output(Prediction::v, v, x, 1.1), std::invalid_argument);
  }

  void configAsksForZeroTerminalSnr() {
    Json config{{"beta_schedule", "scaled_linear"},
                {"beta_start", 0.00085},
                {"beta_end", 0.012},
                {"prediction_type", "v_prediction"},
                {"rescale_betas_zero_snr", true}};
    QCOMPARE(NoiseSchedule::from_config(config, "test").alpha_bar.back(), 0.0);
    config["prediction_type"] = "epsilon";
    QVERIFY_EXCEPTION_THROWN(NoiseSchedule::from_config(config, "test"), Error);
    config["rescale_betas_zero_snr"] = "yes";
    QVERIFY_EXCEPTION_THROWN(NoiseSchedule::from_config(config, "test"), Error);
    config["rescale_betas_zero_snr"] = false;
    QVERIFY(NoiseSchedule::from_config(config, "test").alpha_bar.back() > 0.004);
  }

  void rejectsWhatIsNoSchedule() {
    QVERIFY_EXCEPTION_THROWN(NoiseSchedule::scaled_linear(0.012, 0.00085, 1000), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(NoiseSchedule::linear(0, 0.1, 1000), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(NoiseSchedule::from_config(Json{{"beta_schedule", "squaredcos_cap_v2"}}, "test"), Error);
    QVERIFY_EXCEPTION_THROWN(add_noise(torch::zeros({2, 1, 1, 1}), torch::zeros({2, 1, 1, 1}), torch::zeros({3}, torch::kInt64), sd15()),
                             std::invalid_argument);
  }
};

DARKROOM_TEST(NoiseScheduleTest);
#include "noise_schedule_test.moc"
