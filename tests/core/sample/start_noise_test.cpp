// SPDX-License-Identifier: Apache-2.0
#include "core/sample/start_noise.h"

#include <ATen/CPUGeneratorImpl.h>

#include "tests/test_registry.h"

using namespace darkroom;

class StartNoiseTest : public QObject {
  Q_OBJECT

 private slots:
  void halfWayBetweenRightAnglesIsTheDiagonal() {
    const torch::Tensor from = torch::tensor({1.0F, 0.0F}).view({1, 1, 1, 2});
    const torch::Tensor to = torch::tensor({0.0F, 1.0F}).view({1, 1, 1, 2});
    const torch::Tensor mixed = spherical_mix(from, to, 0.5);
    QVERIFY(torch::allclose(mixed.flatten(), torch::full({2}, std::sqrt(0.5)), 1e-6, 1e-6));
    QVERIFY(torch::allclose(spherical_mix(from, to, 0), from, 1e-6, 1e-6));
    QVERIFY(torch::allclose(spherical_mix(from, to, 1), to, 1e-6, 1e-6));
  }

  void nearDirectionsTakeTheStraightLine() {
    const torch::Tensor from = torch::tensor({1.0F, 0.0F}).view({1, 1, 1, 2});
    const torch::Tensor to = torch::tensor({2.0F, 0.0F}).view({1, 1, 1, 2});
    QVERIFY(torch::equal(spherical_mix(from, to, 0.25), torch::tensor({1.25F, 0.0F}).view({1, 1, 1, 2})));
  }

  void mixedNoiseStaysNormal() {
    const torch::Tensor mixed = spherical_mix(initial_noise(1, 1, 4, 64, 64), initial_noise(2, 1, 4, 64, 64), 0.4);
    QVERIFY(std::abs(mixed.std().item<double>() - 1) < 0.02);
  }

  void eachImageOfABatchIsMixedAlone() {
    const torch::Tensor from = initial_noise(1, 2, 4, 8, 8);
    const torch::Tensor to = initial_noise(7, 2, 4, 8, 8);
    const torch::Tensor mixed = spherical_mix(from, to, 0.3);
    QVERIFY(torch::equal(mixed.narrow(0, 1, 1), spherical_mix(from.narrow(0, 1, 1), to.narrow(0, 1, 1), 0.3)));
  }

  void stepGeneratorGoesOnBehindTheStart() {
    at::Generator plain = at::detail::createCPUGenerator(42);
    const torch::Tensor start = at::randn({1, 4, 8, 8}, plain, torch::kFloat32);
    const torch::Tensor second = at::randn({1, 4, 8, 8}, plain, torch::kFloat32);
    QVERIFY(torch::equal(start, initial_noise(42, 1, 4, 8, 8)));
    at::Generator step = step_generator(42, 4, 8, 8);
    QVERIFY(torch::equal(second, at::randn({1, 4, 8, 8}, step, torch::kFloat32)));
  }

  void wrongArgumentsAreRefused() {
    const torch::Tensor one = torch::ones({1, 1, 2, 2});
    QVERIFY_THROWS_EXCEPTION(std::invalid_argument, spherical_mix(one, torch::ones({1, 1, 2, 3}), 0.5));
    QVERIFY_THROWS_EXCEPTION(std::invalid_argument, spherical_mix(one, one, 1.5));
    QVERIFY_THROWS_EXCEPTION(std::invalid_argument, step_generator(1, 0, 8, 8));
    QVERIFY_THROWS_EXCEPTION(std::invalid_argument, initial_noise(1, 0, 4, 8, 8));
  }
};

DARKROOM_TEST(StartNoiseTest);
#include "start_noise_test.moc"
