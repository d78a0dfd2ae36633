// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/group_norm.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

double apart(const torch::Tensor& a, const torch::Tensor& b) {
  return (a.to(torch::kDouble) - b.to(torch::kDouble)).abs().max().item<double>();
}

}  // namespace

class StripGroupNormTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { torch::manual_seed(2); }

  void stripsTogetherAreTheWholeMap_data() {
    QTest::addColumn<int>("channels");  // the kernel takes multiples of 8 in channels_last, ATen the others
    QTest::addColumn<bool>("channels_last");
    QTest::newRow("kernel") << 16 << true;
    QTest::newRow("ATen, other channels") << 6 << true;
    QTest::newRow("ATen, contiguous") << 16 << false;
  }
  void stripsTogetherAreTheWholeMap() {
    QFETCH(int, channels);
    QFETCH(bool, channels_last);
    torch::Tensor x = torch::randn({1, channels, 11, 5});
    x.narrow(2, 0, 4) *= 20;  // strips unlike each other, and a mean that is not small beside the deviation
    x += 30;
    x = x.contiguous(channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
    const torch::Tensor weight = torch::randn({channels}), bias = torch::randn({channels});
    StripGroupNorm norm(2);
    for (const auto& [first, rows] : {std::pair{0, 4}, {4, 1}, {5, 6}}) {
      norm.add(x.narrow(2, first, rows));
    }
    const torch::Tensor expected = at::group_norm(x.to(torch::kDouble), 2, weight.to(torch::kDouble), bias.to(torch::kDouble), 1e-6);
    for (const bool silu : {false, true}) {
      const torch::Tensor made = norm.apply(x.narrow(2, 3, 5), weight, bias, 1e-6, silu);
      const torch::Tensor wanted = silu ? at::silu(expected) : expected;
      QVERIFY2(apart(made, wanted.narrow(2, 3, 5)) < 1e-5, QByteArray::number(apart(made, wanted.narrow(2, 3, 5))));
    }
  }

  void aConstantMapBecomesItsBias() {
    StripGroupNorm norm(1);
    norm.add(torch::full({1, 8, 2, 3}, 7.0F));
    norm.add(torch::full({1, 8, 1, 3}, 7.0F));
    const torch::Tensor made = norm.apply(torch::full({1, 8, 1, 3}, 7.0F), torch::ones({8}), torch::full({8}, 0.5F), 1e-5, false);
    QVERIFY(apart(made, torch::full({1, 8, 1, 3}, 0.5F)) < 1e-3);  // 7 - 7, each rounded, over the root of 1e-5
  }

  void handComputedMoments() {
    StripGroupNorm norm(1);
    norm.add(torch::tensor({1.0F, 2.0F}).view({1, 1, 1, 2}));
    norm.add(torch::tensor({3.0F, 6.0F}).view({1, 1, 1, 2}));
    // mean 3, variance (4 + 1 + 0 + 9) / 4 = 3.5
    const torch::Tensor made = norm.apply(torch::tensor({6.0F}).view({1, 1, 1, 1}), torch::ones({1}), torch::zeros({1}), 0.0, false);
    QVERIFY(std::abs(made.item<double>() - 3 / std::sqrt(3.5)) < 1e-6);
  }

  void rejectsWhatItCannotNormalise() {
    QVERIFY_EXCEPTION_THROWN(StripGroupNorm(0), std::invalid_argument);
    StripGroupNorm norm(4);
    QVERIFY_EXCEPTION_THROWN(norm.add(torch::zeros({1, 6, 2, 2})), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(norm.add(torch::zeros({2, 8, 2, 2})), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(norm.apply(torch::zeros({1, 8, 2, 2}), torch::ones({8}), torch::zeros({8}), 1e-5, false),
                             std::invalid_argument);
  }
};

DARKROOM_TEST(StripGroupNormTest);
#include "strip_group_norm_test.moc"
