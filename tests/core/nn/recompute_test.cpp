// SPDX-License-Identifier: Apache-2.0
#include "core/nn/recompute.h"

#include "tests/test_registry.h"

using namespace darkroom;

class RecomputeTest : public QObject {
  Q_OBJECT

 private slots:
  void gradientsReachInputsAndCapturedLeaves() {
    // y = (w x)², dy/dw = 2 w x² and dy/dx = 2 w² x: with w = 3, x = 2 these are 24 and 36.
    const torch::Tensor weight = torch::full({}, 3.0, torch::kDouble).set_requires_grad(true);
    const torch::Tensor x = torch::full({}, 2.0, torch::kDouble).set_requires_grad(true);
    int calls = 0;
    const Segment segment = [&](const std::vector<torch::Tensor>& in) {
      ++calls;
      return (weight * in[0]).pow(2);
    };
    const torch::Tensor y = recompute(segment, {x});
    QCOMPARE(calls, 1);
    QCOMPARE(y.item<double>(), 36.0);
    y.backward();
    QCOMPARE(calls, 2);
    QCOMPARE(weight.grad().item<double>(), 24.0);
    QCOMPARE(x.grad().item<double>(), 36.0);
  }

  void segmentsChainAndAddUp() {
    const torch::Tensor weight = torch::full({}, 2.0).set_requires_grad(true);
    const torch::Tensor x = torch::full({}, 1.0).set_requires_grad(true);
    const Segment square = [&](const std::vector<torch::Tensor>& in) { return weight * in[0] * in[0]; };
    const torch::Tensor y = recompute(square, {recompute(square, {x})});  // w (w x²)² = w³ x⁴
    y.backward();
    QCOMPARE(weight.grad().item<double>(), 12.0);
    QCOMPARE(x.grad().item<double>(), 32.0);
  }

  void hooksOnLeavesFireOnce() {
    const torch::Tensor weight = torch::full({}, 2.0).set_requires_grad(true);
    const torch::Tensor x = torch::full({}, 5.0).set_requires_grad(true);
    int fired = 0;
    weight.register_hook([&](const torch::Tensor& gradient) {
      ++fired;
      return gradient;
    });
    recompute([&](const std::vector<torch::Tensor>& in) { return weight * in[0]; }, {x}).backward();
    QCOMPARE(fired, 1);
  }

  void inputsWithoutGradientStayWithout() {
    const torch::Tensor weight = torch::full({}, 2.0).set_requires_grad(true);
    const torch::Tensor x = torch::full({}, 5.0).set_requires_grad(true);
    const torch::Tensor context = torch::full({}, 7.0);
    recompute([&](const std::vector<torch::Tensor>& in) { return weight * in[0] * in[1]; }, {x, context}).backward();
    QCOMPARE(weight.grad().item<double>(), 35.0);
    QVERIFY(!context.grad().defined());
  }

  void isThePlainCallWithoutGradients() {
    const torch::Tensor weight = torch::full({}, 2.0).set_requires_grad(true);
    int calls = 0;
    const Segment segment = [&](const std::vector<torch::Tensor>& in) {
      ++calls;
      return weight * in[0];
    };
    recompute(segment, {torch::full({}, 3.0)}).backward();  // no input wants a gradient: kept, not computed twice
    QCOMPARE(calls, 1);
    QCOMPARE(weight.grad().item<double>(), 3.0);
    const torch::NoGradGuard no_grad;
    QVERIFY(!recompute(segment, {torch::full({}, 3.0)}).requires_grad());
  }
};

DARKROOM_TEST(RecomputeTest);
#include "recompute_test.moc"
