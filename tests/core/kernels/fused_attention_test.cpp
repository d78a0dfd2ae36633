// SPDX-License-Identifier: Apache-2.0
// The reference is the definition in float64.
#include "core/kernels/fused_attention.h"

#include <ATen/Parallel.h>

#include "tests/core/kernels/each_processor.h"
#include "tests/core/kernels/relative_error.h"
#include "tests/test_registry.h"

using namespace darkroom;
using darkroom::test::relative_error;

namespace {

struct AttentionInputs {
  torch::Tensor q_BLD, k_BSD, v_BSD;
};

AttentionInputs random_inputs(int64_t batch, int64_t queries, int64_t keys, int64_t width, torch::ScalarType dtype) {
  return {torch::randn({batch, queries, width}).to(dtype), torch::randn({batch, keys, width}).to(dtype),
          torch::randn({batch, keys, width}).to(dtype)};
}

torch::Tensor attention_reference(const AttentionInputs& inputs, int64_t heads) {
  const auto split = [heads](const torch::Tensor& x_BLD) {
    return x_BLD.to(torch::kFloat64).unflatten(2, {heads, x_BLD.size(2) / heads}).transpose(1, 2);
  };
  const torch::Tensor q = split(inputs.q_BLD);
  const torch::Tensor scores = q.matmul(split(inputs.k_BSD).transpose(2, 3)) / std::sqrt(static_cast<double>(q.size(3)));
  return scores.softmax(-1).matmul(split(inputs.v_BSD)).transpose(1, 2).flatten(2);
}

bool processor_has(torch::ScalarType dtype) {
  const AttentionInputs inputs = random_inputs(1, 2, 2, 8, dtype);
  return fused_attention_takes(inputs.q_BLD, inputs.k_BSD, inputs.v_BSD, 1);
}

}  // namespace

class FusedAttentionTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase_data() { test::add_processors(); }
  void cleanupTestCase() { test::play_own_processor(); }
  void init() {
    torch::manual_seed(11);
    is_split_ = test::play_processor();
    if (!processor_has(torch::kFloat32)) {
      QSKIP("this processor has no AVX-512");
    }
  }

  void agreesWithFloat64_data() {
    QTest::addColumn<std::vector<int>>("shape");
    const auto row = [](const char* name, const std::vector<int>& shape) { QTest::newRow(name) << shape; };
    row("one query, one key", {1, 1, 1, 2, 1});
    row("a text of 77", {2, 100, 77, 80, 2});
    row("blocks of queries and keys with a rest", {2, 131, 523, 80, 2});
    row("a block of keys exactly", {1, 48, 256, 40, 1});
    row("one key beyond a block", {1, 49, 257, 40, 1});
    row("heads of 40", {1, 50, 300, 320, 8});
    row("heads of 160", {1, 50, 90, 320, 2});
    row("heads of 64", {1, 30, 64, 128, 2});
    row("heads of 6", {3, 20, 15, 18, 3});
    row("one head of 512", {1, 70, 300, 512, 1});
    row("several groups of queries", {1, 299, 67, 40, 1});
  }

  void agreesWithFloat64() {
    QFETCH(const std::vector<int>, shape);
    for (const auto& [dtype, limit] : {std::pair(torch::kFloat32, is_split_ ? 1.2e-5 : 2e-6), std::pair(torch::kBFloat16, 1e-2)}) {
      if (!processor_has(dtype)) {
        continue;
      }
      const AttentionInputs inputs = random_inputs(shape[0], shape[1], shape[2], shape[3], dtype);
      const torch::Tensor got = fused_attention(inputs.q_BLD, inputs.k_BSD, inputs.v_BSD, shape[4]);
      QCOMPARE(got.scalar_type(), dtype);
      const double error = relative_error(got, attention_reference(inputs, shape[4]));
      QVERIFY2(error < limit, qPrintable(QString::number(error)));
    }
  }

  void isTheSoftmaxOfScaledProducts() {
    // One head, width 2: q k / sqrt(2) is 0 and ln 3, so the weights are 1/4 and 3/4.
    const torch::Tensor q = torch::tensor({1.0F, 0.0F}).view({1, 1, 2});
    const torch::Tensor k = torch::tensor({0.0F, 5.0F, static_cast<float>(std::log(3.0) * std::sqrt(2.0)), 7.0F}).view({1, 2, 2});
    const torch::Tensor v = torch::tensor({8.0F, -8.0F, 4.0F, -4.0F}).view({1, 2, 2});
    const torch::Tensor y = fused_attention(q, k, v, 1);
    QVERIFY(std::abs(y[0][0][0].item<double>() - 5.0) < 1e-5);
    QVERIFY(std::abs(y[0][0][1].item<double>() + 5.0) < 1e-5);
  }

  void largeScoresPickTheirKey() {
    // Scores of some thousands, the largest in the second block of keys: no overflow, and weight 1 for that key.
    AttentionInputs inputs = random_inputs(1, 3, 400, 16, torch::kFloat32);
    inputs.q_BLD.fill_(100);
    inputs.k_BSD.fill_(-100);
    inputs.k_BSD[0][300].fill_(100);
    QVERIFY(at::allclose(fused_attention(inputs.q_BLD, inputs.k_BSD, inputs.v_BSD, 1)[0][2], inputs.v_BSD[0][300]));
  }

  void readsPartsOfAWiderTensor() {
    const torch::Tensor qkv = torch::randn({2, 60, 3 * 80});
    const std::vector<torch::Tensor> parts = qkv.chunk(3, 2);
    const torch::Tensor apart = fused_attention(parts[0], parts[1], parts[2], 2);
    QVERIFY(torch::equal(apart, fused_attention(parts[0].contiguous(), parts[1].contiguous(), parts[2].contiguous(), 2)));
  }

  void bytesDoNotDependOnThreads() {
    const AttentionInputs inputs = random_inputs(2, 200, 300, 80, torch::kFloat32);
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const torch::Tensor one = fused_attention(inputs.q_BLD, inputs.k_BSD, inputs.v_BSD, 2);
    at::set_num_threads(3);
    const torch::Tensor three = fused_attention(inputs.q_BLD, inputs.k_BSD, inputs.v_BSD, 2);
    at::set_num_threads(threads);
    QVERIFY(torch::equal(one, three));
  }

  void takesOnlyWhatItKnows() {
    const AttentionInputs good = random_inputs(1, 5, 7, 24, torch::kFloat32);
    QVERIFY(fused_attention_takes(good.q_BLD, good.k_BSD, good.v_BSD, 2));
    QVERIFY(!fused_attention_takes(good.q_BLD, good.k_BSD, good.v_BSD, 5));                      // does not divide
    QVERIFY(!fused_attention_takes(good.q_BLD, good.k_BSD, good.v_BSD, 8));                      // heads of 3
    QVERIFY(!fused_attention_takes(good.q_BLD, good.k_BSD.to(torch::kFloat64), good.v_BSD, 2));  // another dtype
    QVERIFY(!fused_attention_takes(good.q_BLD, good.k_BSD, good.v_BSD.narrow(1, 0, 6), 2));      // fewer values than keys
    QVERIFY(!fused_attention_takes(good.q_BLD.transpose(1, 2), good.k_BSD, good.v_BSD, 2));      // rows with gaps
    QVERIFY(!fused_attention_takes(good.q_BLD.clone().set_requires_grad(true), good.k_BSD, good.v_BSD, 2));
    QVERIFY_EXCEPTION_THROWN(fused_attention(good.q_BLD, good.k_BSD, good.v_BSD, 5), std::invalid_argument);
  }

 private:
  bool is_split_ = false;  // float32 is computed as two bfloat16
};

DARKROOM_TEST(FusedAttentionTest);
#include "fused_attention_test.moc"
