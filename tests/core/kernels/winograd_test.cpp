// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/winograd.h"

#include <ATen/Parallel.h>

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

// Of the largest value, beside float64.
double largest_relative_error(const torch::Tensor& made, const torch::Tensor& wanted) {
  return ((made.to(torch::kDouble) - wanted).abs().max() / wanted.abs().max()).item<double>();
}

torch::Tensor plain(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias) {
  return at::conv2d(x.to(torch::kDouble), weight.to(torch::kDouble), bias.to(torch::kDouble), 1, 1);
}

}  // namespace

class WinogradTest : public QObject {
  Q_OBJECT

 private slots:
  void init() {
    torch::manual_seed(4);
    if (!winograd_takes(32, 16)) {
      QSKIP("this processor has no AVX-512");
    }
  }

  void isTheConvolution_data() {
    QTest::addColumn<int>("batch");
    QTest::addColumn<int>("in");
    QTest::addColumn<int>("out");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("width");
    QTest::newRow("whole tiles") << 1 << 64 << 64 << 16 << 24;
    QTest::newRow("cut tiles") << 2 << 16 << 96 << 13 << 7;
    QTest::newRow("one pixel") << 1 << 32 << 32 << 1 << 1;
    QTest::newRow("one row") << 1 << 48 << 32 << 1 << 201;
    QTest::newRow("several blocks") << 1 << 128 << 128 << 61 << 66;
    QTest::newRow("many channels") << 1 << 512 << 256 << 8 << 8;
  }
  void isTheConvolution() {
    QFETCH(int, batch);
    QFETCH(int, in);
    QFETCH(int, out);
    QFETCH(int, height);
    QFETCH(int, width);
    const torch::Tensor x = torch::randn({batch, in, height, width}), weight = torch::randn({out, in, 3, 3}), bias = torch::randn({out});
    const torch::Tensor residual = torch::randn({batch, out, height, width});
    const torch::Tensor laid_out = winograd_weight(weight);
    const torch::Tensor wanted = plain(x, weight, bias);
    const double error = largest_relative_error(winograd_convolution(x, laid_out, bias), wanted);
    const double error_with = largest_relative_error(winograd_convolution(x, laid_out, bias, residual), wanted + residual);
    qInfo("errors %.2g and %.2g; PyTorch's own %.2g", error, error_with, largest_relative_error(at::conv2d(x, weight, bias, 1, 1), wanted));
    QVERIFY2(error < 8e-6 && error_with < 8e-6, QByteArray::number(std::max(error, error_with)));
  }

  void aSingleTapMovesThePicture() {
    const torch::Tensor x = torch::randn({1, 16, 5, 6});
    torch::Tensor weight = torch::zeros({32, 16, 3, 3});
    weight[3][7][0][2] = 1;  // the pixel above and to the right
    const torch::Tensor made = winograd_convolution(x, winograd_weight(weight), torch::zeros({32}));
    const torch::Tensor wanted = at::constant_pad_nd(x[0][7], {0, 1, 1, 0}).narrow(0, 0, 5).narrow(1, 1, 6);
    QVERIFY((made[0][3] - wanted).abs().max().item<double>() < 1e-5);
    QVERIFY(made[0][4].abs().max().item<double>() < 1e-6);
  }

  void threadsChangeNothing() {
    const torch::Tensor x = torch::randn({2, 32, 40, 40}), bias = torch::randn({32});
    const torch::Tensor weight = winograd_weight(torch::randn({32, 32, 3, 3}));
    const int before = at::get_num_threads();
    at::set_num_threads(1);
    const torch::Tensor alone = winograd_convolution(x, weight, bias);
    at::set_num_threads(2);
    const torch::Tensor together = winograd_convolution(x, weight, bias);
    at::set_num_threads(before);
    QVERIFY(at::equal(alone, together));
  }

  void tapsComeBack() {
    const torch::Tensor weight = torch::randn({32, 16, 3, 3});
    QVERIFY((winograd_taps(winograd_weight(weight)) - weight).abs().max().item<double>() < 1e-5);
  }

  void rejectsWhatItDoesNotTake() {
    QVERIFY(!winograd_takes(48, 16) && !winograd_takes(32, 8) && !winograd_takes(0, 16));
    const torch::Tensor weight = winograd_weight(torch::zeros({32, 16, 3, 3})), bias = torch::zeros({32});
    QVERIFY_EXCEPTION_THROWN(winograd_convolution(torch::zeros({1, 32, 4, 4}), weight, bias), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(winograd_convolution(torch::zeros({1, 16, 4, 4}), weight, torch::zeros({16})), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(winograd_convolution(torch::zeros({1, 16, 4, 4}), weight, bias, torch::zeros({1, 32, 4, 5})),
                             std::invalid_argument);
  }
};

DARKROOM_TEST(WinogradTest);
#include "winograd_test.moc"
