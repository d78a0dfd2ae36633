// SPDX-License-Identifier: Apache-2.0
#include "core/base/error.h"
#include "core/diffusion/guidance.h"
#include "core/diffusion/min_snr.h"
#include "tests/core/diffusion/diffusion_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

torch::Tensor steps(std::initializer_list<int64_t> values) { return torch::tensor(std::vector<int64_t>(values), torch::kInt64); }

}  // namespace

class TrainingWeightTest : public QObject {
  Q_OBJECT

 private slots:
  void weightIsOneWhereNoiseDominates() {
    QCOMPARE(min_snr_weight(steps({999}), sd15()).item<float>(), 1.0F);
    // SNR = alpha_bar / (1 - alpha_bar) = 5 at the border: below it (more noise) the weight is 1.
    QCOMPARE(min_snr_weight(steps({500}), sd15()).item<float>(), 1.0F);
  }

  void weightIsGammaOverSnrWhereLittleNoiseIsLeft() {
    const double alpha_bar = sd15().alpha_bar[0];
    const double snr = alpha_bar / (1 - alpha_bar);
    QVERIFY(std::abs(min_snr_weight(steps({0}), sd15()).item<double>() - 5.0 / snr) < 1e-6);
    QVERIFY(std::abs(min_snr_weight(steps({0}), sd15(), 2.0).item<double>() - 2.0 / snr) < 1e-6);
  }

  void velocityWeightHasOneMoreInTheDenominator() {
    for (const int64_t t : {int64_t{0}, int64_t{300}, int64_t{999}}) {
      const double alpha_bar = sd15().alpha_bar[static_cast<size_t>(t)];
      const double snr = alpha_bar / (1 - alpha_bar);
      const double expected = std::min(snr, 5.0) / (snr + 1);
      QVERIFY(std::abs(min_snr_weight(steps({t}), sd15(), 5.0, Prediction::v).item<double>() - expected) < 1e-6);
    }
  }

  void flowWeightPutsMinSnrOnTheErrorOfX0() {
    // s = 0.25: SNR 9, weight 5 s^2; s = 0.5: SNR 1, weight (1 - s)^2 = s^2; s = 1: no signal, no weight.
    const NoiseSchedule schedule = NoiseSchedule::rectified_flow(1000);
    const auto weight = [&](int64_t t) { return min_snr_weight(steps({t}), schedule, 5.0, Prediction::flow).item<double>(); };
    QVERIFY(std::abs(weight(249) - 5 * 0.0625) < 1e-6);
    QVERIFY(std::abs(weight(499) - 0.25) < 1e-6);
    QCOMPARE(weight(999), 0.0);
    // The same weight on the error of x0 as with epsilon: w_flow / s^2 = w_eps SNR = min(SNR, gamma).
    for (const int64_t t : {int64_t{99}, int64_t{349}, int64_t{799}}) {
      const double s = static_cast<double>(t + 1) / 1000;
      const double snr = (1 - s) * (1 - s) / (s * s);
      QVERIFY(std::abs(weight(t) / (s * s) - std::min(snr, 5.0)) < 1e-5);
    }
  }

  void weightHasNoGradientAndRejectsNonsense() {
    QVERIFY(!min_snr_weight(steps({1, 2}), sd15()).requires_grad());
    QVERIFY_EXCEPTION_THROWN(min_snr_weight(steps({1}), sd15(), 0), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(min_snr_weight(torch::zeros({1}), sd15()), std::invalid_argument);
  }

  void guidanceMovesFromUncondThroughCond() {
    const torch::Tensor both = torch::tensor({1.0F, 3.0F}).view({2, 1, 1, 1});
    QCOMPARE(guidance_combine(both, 0).item<float>(), 1.0F);
    QCOMPARE(guidance_combine(both, 1).item<float>(), 3.0F);
    QCOMPARE(guidance_combine(both, 7.5).item<float>(), 16.0F);
    QVERIFY_EXCEPTION_THROWN(guidance_combine(torch::zeros({3, 1, 1, 1}), 2), std::invalid_argument);
  }

  void rescaledGuidanceHasTheDeviationOfTheConditionalOutput() {
    const torch::Tensor cond = torch::linspace(-1, 1, 16).view({1, 4, 2, 2});
    const torch::Tensor guided = cond * 3;
    QVERIFY(torch::allclose(guidance_rescale(guided, cond, 1.0), cond, 1e-5, 1e-6));
    QVERIFY(torch::equal(guidance_rescale(guided, cond, 0.0), guided));
    QVERIFY_EXCEPTION_THROWN(guidance_rescale(guided, cond, 1.5), std::invalid_argument);
  }
};

DARKROOM_TEST(TrainingWeightTest);
#include "training_weight_test.moc"
