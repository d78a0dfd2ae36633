// SPDX-License-Identifier: Apache-2.0
#include "core/diffusion/step_noise.h"

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

at::Generator generator(uint64_t seed) { return at::detail::createCPUGenerator(seed); }

}  // namespace

class StepNoiseTest : public QObject {
  Q_OBJECT

 private slots:
  void followingIntervalsGiveTheGeneratorsOwnDraws() {
    const torch::Tensor x = torch::zeros({2, 4, 4, 4});
    PathNoise noise({generator(11), generator(12)});
    at::Generator first = generator(11);
    at::Generator second = generator(12);
    for (const auto& [sigma, next] : {std::pair{14.6, 9.1}, {9.1, 5.5}, {5.0, 0.0}}) {
      const torch::Tensor drawn = noise(x, sigma, next);
      QVERIFY(torch::equal(drawn[0], at::randn({1, 4, 4, 4}, first, torch::TensorOptions().dtype(torch::kFloat32))[0]));
      QVERIFY(torch::equal(drawn[1], at::randn({1, 4, 4, 4}, second, torch::TensorOptions().dtype(torch::kFloat32))[0]));
    }
  }

  void intervalsWithOneStartLieOnOnePath() {
    const torch::Tensor x = torch::zeros({1, 4, 64, 64});
    PathNoise noise({generator(5)});
    const torch::Tensor middle = noise(x, 8, 4) * 2.0;             // W(8) - W(4), variance 4
    const torch::Tensor whole = noise(x, 8, 2) * std::sqrt(6.0);   // W(8) - W(2), variance 6
    const torch::Tensor rest = (whole - middle) / std::sqrt(2.0);  // W(4) - W(2), normalised
    const double count = static_cast<double>(x.numel());
    QVERIFY(std::abs(rest.var().item<double>() - 1) < 0.05);
    QVERIFY(std::abs((rest * middle).sum().item<double>() / count) < 0.05);  // independent of what came before
    QVERIFY(std::abs(whole.var().item<double>() - 6) < 0.3);
    QVERIFY(std::abs((whole * middle).mean().item<double>() - 4) < 0.3);  // covariance of the shared part
  }

  void rejectsWhatIsNoPathDownwards() {
    const torch::Tensor x = torch::zeros({1, 1, 2, 2});
    PathNoise noise({generator(1)});
    QVERIFY_EXCEPTION_THROWN(noise(x, 1, 1), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(noise(x, 1, -0.5), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(noise(torch::zeros({2, 1, 2, 2}), 2, 1), std::invalid_argument);
    noise(x, 8, 4);
    QVERIFY_EXCEPTION_THROWN(noise(x, 8, 5), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(noise(x, 6, 2), std::invalid_argument);
    noise(x, 4, 2);
  }
};

DARKROOM_TEST(StepNoiseTest);
#include "step_noise_test.moc"
