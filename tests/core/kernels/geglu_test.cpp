// SPDX-License-Identifier: Apache-2.0
// The reference is ATen's gelu in float64.
#include "core/kernels/geglu.h"

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

torch::Tensor geglu_reference(const torch::Tensor& x) {
  const std::vector<torch::Tensor> halves = x.to(torch::kFloat64).chunk(2, -1);
  return halves[0] * at::gelu(halves[1]);
}

}  // namespace

class GegluTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { torch::manual_seed(5); }

  void agreesWithFloat64() {
    for (const std::vector<int64_t>& shape : {std::vector<int64_t>{2}, {3, 2}, {2, 7, 50}, {2, 300, 640}}) {
      const torch::Tensor x = torch::randn(shape) * 3;
      QVERIFY(at::allclose(fast_geglu(x).to(torch::kFloat64), geglu_reference(x), 1e-5, 1e-5));
      const torch::Tensor half = x.to(torch::kBFloat16);
      const torch::Tensor got = fast_geglu(half);
      QVERIFY(got.scalar_type() == torch::kBFloat16);
      QVERIFY(at::allclose(got.to(torch::kFloat64), geglu_reference(half), 5e-3, 1e-4));
    }
  }

  void gateRunsFromNothingToItself() {
    const torch::Tensor gates = torch::tensor({-100.0F, -6.0F, 0.0F, 6.0F, 100.0F});
    const torch::Tensor y = fast_geglu(at::stack({torch::full({5}, 2.0F), gates}, 1).view({5, 2})).flatten();
    QCOMPARE(y[0].item<float>(), 0.0F);
    QVERIFY(std::abs(y[1].item<double>()) < 1e-5);
    QCOMPARE(y[2].item<float>(), 0.0F);
    QVERIFY(std::abs(y[3].item<double>() - 12.0) < 1e-5);
    QCOMPARE(y[4].item<float>(), 200.0F);
  }

  void erfStaysWithinItsPromise() {
    // With a = 2 / gate the result is 1 + erf(gate / sqrt 2).
    const torch::Tensor gate = torch::arange(-60000, 60000).to(torch::kFloat32) / 10000 + 5e-5;
    const torch::Tensor x = at::stack({2 / gate, gate}, 1).contiguous();
    const torch::Tensor expected = 1 + at::erf(gate.to(torch::kFloat64) / std::sqrt(2.0));
    QVERIFY((fast_geglu(x).flatten().to(torch::kFloat64) - expected).abs().max().item<double>() < 1e-6);
  }

  void trainingComputesWhatAtenDoes() {
    const torch::Tensor x = (torch::randn({3, 5, 48}) * 2).set_requires_grad(true);
    const torch::Tensor dy = torch::randn({3, 5, 24});
    const torch::Tensor y = geglu(x);
    y.backward(dy);
    const torch::Tensor plain = x.detach().clone().set_requires_grad(true);
    const std::vector<torch::Tensor> halves = plain.chunk(2, -1);
    const torch::Tensor expected = halves[0] * at::gelu(halves[1]);
    expected.backward(dy);
    QVERIFY(at::equal(y, expected));
    QVERIFY(at::equal(x.grad(), plain.grad()));
    QVERIFY_EXCEPTION_THROWN(geglu(torch::zeros({3, 5})), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(geglu(torch::zeros({})), std::invalid_argument);
    QCOMPARE(geglu(torch::zeros({2, 0, 6})).sizes().vec(), (std::vector<int64_t>{2, 0, 3}));
  }

  void takesOnlyWhatItKnows() {
    const torch::Tensor x = torch::randn({4, 6});
    QVERIFY(fast_geglu_takes(x));
    QVERIFY(!fast_geglu_takes(torch::randn({4, 5})));
    QVERIFY(!fast_geglu_takes(x.t()));
    QVERIFY(!fast_geglu_takes(x.to(torch::kFloat64)));
    QVERIFY(!fast_geglu_takes(x.clone().set_requires_grad(true)));
    QVERIFY_EXCEPTION_THROWN(fast_geglu(x.t()), std::invalid_argument);
    QCOMPARE(fast_geglu(torch::zeros({0, 6})).numel(), int64_t{0});
  }
};

DARKROOM_TEST(GegluTest);
#include "geglu_test.moc"
