// SPDX-License-Identifier: Apache-2.0
// The reference is ATen's group_norm and silu in float64.
#include "core/kernels/group_norm.h"

#include <ATen/Parallel.h>

#include "tests/core/kernels/relative_error.h"
#include "tests/test_registry.h"

using namespace darkroom;
using darkroom::test::relative_error;

namespace {

struct GroupNormResult {
  torch::Tensor y;
  torch::Tensor dx;
  torch::Tensor d_weight;
  torch::Tensor d_bias;
};

struct GroupNormInputs {
  torch::Tensor x_BCHW;
  torch::Tensor weight;
  torch::Tensor bias;
  torch::Tensor dy_BCHW;
};

GroupNormInputs inputs_of(const std::vector<int64_t>& shape, torch::ScalarType dtype, double mean = 3) {
  return {(torch::randn(shape) * 2 + mean).to(dtype).contiguous(at::MemoryFormat::ChannelsLast), torch::randn({shape[1]}).to(dtype),
          torch::randn({shape[1]}).to(dtype), torch::randn(shape).to(dtype)};
}

GroupNormResult ours(const GroupNormInputs& inputs, int64_t groups, bool silu) {
  const auto leaf = [](const torch::Tensor& values) { return values.detach().clone().set_requires_grad(true); };
  const torch::Tensor x = leaf(inputs.x_BCHW);
  const torch::Tensor weight = leaf(inputs.weight);
  const torch::Tensor bias = leaf(inputs.bias);
  const torch::Tensor y = group_norm_channels_last(x, weight, bias, groups, 1e-5, silu);
  y.backward(inputs.dy_BCHW);
  return {y.detach(), x.grad(), weight.grad(), bias.grad()};
}

GroupNormResult group_norm_reference(const GroupNormInputs& inputs, int64_t groups, bool silu) {
  const auto leaf = [](const torch::Tensor& values) {
    return values.detach().to(torch::kFloat64, false, true, at::MemoryFormat::Contiguous).set_requires_grad(true);
  };
  const torch::Tensor x = leaf(inputs.x_BCHW);
  const torch::Tensor weight = leaf(inputs.weight);
  const torch::Tensor bias = leaf(inputs.bias);
  const torch::Tensor normed = at::group_norm(x, groups, weight, bias, 1e-5);
  const torch::Tensor y = silu ? at::silu(normed) : normed;
  y.backward(inputs.dy_BCHW.to(torch::kFloat64));
  return {y.detach(), x.grad(), weight.grad(), bias.grad()};
}

}  // namespace

class GroupNormTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { torch::manual_seed(7); }

  void agreesWithFloat64_data() {
    QTest::addColumn<std::vector<int64_t>>("shape");
    QTest::addColumn<int>("groups");
    QTest::addColumn<bool>("silu");
    const auto row = [](const char* name, const std::vector<int64_t>& shape, int groups, bool silu) {
      QTest::newRow(name) << shape << groups << silu;
    };
    row("one pixel", {3, 64, 1, 1}, 8, true);
    row("odd sides", {2, 48, 7, 5}, 16, true);
    row("a channel a group", {2, 32, 6, 6}, 32, false);
    row("one group", {2, 40, 5, 9}, 1, true);
    row("several chunks of rows", {1, 320, 24, 24}, 32, true);
    row("without SiLU", {2, 160, 12, 12}, 32, false);
  }

  void agreesWithFloat64() {
    QFETCH(const std::vector<int64_t>, shape);
    QFETCH(const int, groups);
    QFETCH(const bool, silu);
    for (const auto& [dtype, limit] :
         {std::pair(torch::kFloat32, 2e-6), std::pair(torch::kBFloat16, 1e-2), std::pair(torch::kFloat16, 2e-3)}) {
      const GroupNormInputs inputs = inputs_of(shape, dtype);
      const GroupNormResult got = ours(inputs, groups, silu);
      const GroupNormResult expected = group_norm_reference(inputs, groups, silu);
      QCOMPARE(got.y.scalar_type(), dtype);
      QVERIFY(got.y.is_contiguous(at::MemoryFormat::ChannelsLast));
      QVERIFY2(relative_error(got.y, expected.y) < limit, qPrintable(QString::number(relative_error(got.y, expected.y))));
      QVERIFY2(relative_error(got.dx, expected.dx) < limit, qPrintable(QString::number(relative_error(got.dx, expected.dx))));
      QVERIFY2(relative_error(got.d_weight, expected.d_weight) < limit,
               qPrintable(QString::number(relative_error(got.d_weight, expected.d_weight))));
      QVERIFY2(relative_error(got.d_bias, expected.d_bias) < limit,
               qPrintable(QString::number(relative_error(got.d_bias, expected.d_bias))));
    }
  }

  void aLargeMeanKeepsTheVariance() {
    const GroupNormInputs inputs = inputs_of({2, 64, 16, 16}, torch::kFloat32, 3000);
    QVERIFY(relative_error(ours(inputs, 8, false).y, group_norm_reference(inputs, 8, false).y) < 1e-3);
  }

  void largeValuesSaturateAsSiluDoes() {
    torch::Tensor x = torch::zeros({1, 8, 1, 2}).contiguous(at::MemoryFormat::ChannelsLast);
    x.select(3, 0).fill_(1);
    const torch::Tensor weight = torch::full({8}, 500.0);
    const torch::Tensor y = group_norm_channels_last(x, weight, torch::zeros({8}), 1, 1e-5, true);
    QVERIFY(std::abs(y[0][0][0][0].item<double>() - 500) < 0.1);
    QVERIFY(std::abs(y[0][0][0][1].item<double>()) < 1e-30);
  }

  void bytesDoNotDependOnThreads() {
    const GroupNormInputs inputs = inputs_of({3, 96, 31, 17}, torch::kFloat32);
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const GroupNormResult one = ours(inputs, 32, true);
    at::set_num_threads(3);
    const GroupNormResult three = ours(inputs, 32, true);
    at::set_num_threads(threads);
    QVERIFY(torch::equal(one.y, three.y));
    QVERIFY(torch::equal(one.dx, three.dx));
    QVERIFY(torch::equal(one.d_weight, three.d_weight));
    QVERIFY(torch::equal(one.d_bias, three.d_bias));
  }

  void takesOnlyWhatItKnows() {
    QVERIFY(group_norm_channels_last_takes(torch::zeros({2, 16, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast)));
    QVERIFY(!group_norm_channels_last_takes(torch::zeros({2, 16, 4, 4})));
    QVERIFY(!group_norm_channels_last_takes(torch::zeros({2, 12, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast)));
    QVERIFY(!group_norm_channels_last_takes(torch::zeros({2, 16, 4, 4}, torch::kFloat64).contiguous(at::MemoryFormat::ChannelsLast)));
    const torch::Tensor x = torch::zeros({2, 16, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast);
    const torch::Tensor ones = torch::ones({16});
    QVERIFY_EXCEPTION_THROWN(group_norm_channels_last(torch::zeros({2, 16, 4, 4}), ones, ones, 4, 1e-5, true), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(group_norm_channels_last(x, torch::ones({8}), ones, 4, 1e-5, true), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(group_norm_channels_last(x, ones, ones, 5, 1e-5, true), std::invalid_argument);
  }
};

DARKROOM_TEST(GroupNormTest);
#include "group_norm_test.moc"
