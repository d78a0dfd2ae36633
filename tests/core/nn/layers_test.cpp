// SPDX-License-Identifier: Apache-2.0
#include "core/nn/layers.h"

#include "core/nn/attention.h"
#include "core/nn/time_embedding.h"
#include "tests/test_registry.h"

using namespace darkroom;

class LayersTest : public QObject {
  Q_OBJECT

 private slots:
  void initialScalesArePyTorchs() {
    ParameterLayout layout;
    add_linear(layout, "linear", 16, 4);
    add_convolution(layout, "conv", {.in = 4, .out = 8, .kernel = 3});
    add_transposed_convolution(layout, "up", {.in = 4, .out = 8, .kernel = 4});
    add_linear(layout, "zero", 16, 4, LayerInit::zero);
    const auto scale = [&](const char* name) { return layout.slot(layout.index_of(name)).scale; };
    QCOMPARE(scale("linear.weight"), 0.25);
    QCOMPARE(scale("linear.bias"), 0.25);
    QCOMPARE(scale("conv.weight"), 1.0 / 6.0);
    QCOMPARE(scale("up.weight"), 1.0 / std::sqrt(128.0));
    QVERIFY(layout.slot(layout.index_of("zero.weight")).init == ParameterInit::zeros);
  }

  void pointwiseIsA1x1Convolution() {
    ParameterLayout layout;
    const LinearLayer layer = add_pointwise(layout, "proj", 6, 5);
    const Weights weights = {torch::randn({5, 6, 1, 1}), torch::randn({5})};
    const torch::Tensor x_BCHW = torch::randn({2, 6, 3, 4});
    const torch::Tensor tokens = linear(weights, layer, x_BCHW.permute({0, 2, 3, 1})).permute({0, 3, 1, 2});
    QVERIFY(at::allclose(tokens, at::conv2d(x_BCHW, weights[0], weights[1]), 1e-5, 1e-6));
  }

  void attentionOverOneTokenGivesItsValue() {
    const torch::Tensor q = torch::randn({2, 5, 8}), k = torch::randn({2, 1, 8}), v = torch::randn({2, 1, 8});
    QVERIFY(at::allclose(multi_head_attention(q, k, v, 4), v.expand({2, 5, 8})));
  }

  void attentionIsTheSoftmaxOfScaledProducts() {
    // One head, width 1: softmax over two keys of q k: q = 1, k = {0, ln 3} gives weights 1/4 and 3/4.
    const torch::Tensor q = torch::ones({1, 1, 1}), k = torch::tensor({0.0, std::log(3.0)}, torch::kFloat32).view({1, 2, 1});
    const torch::Tensor v = torch::tensor({8.0, 4.0}, torch::kFloat32).view({1, 2, 1});
    QVERIFY(std::abs(multi_head_attention(q, k, v, 1).item<double>() - 5.0) < 1e-5);
    const torch::Tensor first_only = torch::tensor({true, false}).view({1, 1, 1, 2});
    QVERIFY(std::abs(multi_head_attention(q, k, v, 1, first_only).item<double>() - 8.0) < 1e-6);
  }

  void sinusoidAtTimeZeroIsZerosAndOnes() {
    const torch::Tensor zero = torch::zeros({1}, torch::kInt64);
    const torch::Tensor sines_first = sinusoidal_embedding(zero, {.width = 6, .cosines_first = false, .freq_shift = 1});
    QVERIFY(at::equal(sines_first, torch::tensor({0.0F, 0.0F, 0.0F, 1.0F, 1.0F, 1.0F}).view({1, 6})));
    const torch::Tensor odd = sinusoidal_embedding(zero, {.width = 5});
    QVERIFY(at::equal(odd, torch::tensor({1.0F, 1.0F, 0.0F, 0.0F, 0.0F}).view({1, 5})));
    // With freq_shift 1 the last frequency is exactly 1/10000.
    const torch::Tensor slow = sinusoidal_embedding(torch::full({1}, 10000.0), {.width = 6, .cosines_first = false, .freq_shift = 1});
    QVERIFY(std::abs(slow[0][2].item<double>() - std::sin(1.0)) < 1e-3);
  }

  void rejectsGroupsThatDoNotDivide() {
    ParameterLayout layout;
    QVERIFY_EXCEPTION_THROWN(add_group_norm(layout, "norm", 20, 8, 1e-5), std::invalid_argument);
  }
};

DARKROOM_TEST(LayersTest);
#include "layers_test.moc"
