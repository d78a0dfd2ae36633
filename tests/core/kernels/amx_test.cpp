// SPDX-License-Identifier: Apache-2.0
// The reference is float64 of the same inputs.
#include "core/kernels/amx.h"

#include <ATen/Parallel.h>

#include "tests/core/kernels/relative_error.h"
#include "tests/test_registry.h"

using namespace darkroom;
using darkroom::test::relative_error;

namespace {

constexpr double limit = 1.2e-5;

torch::Tensor wide(const torch::Tensor& x) { return x.to(torch::kFloat64); }

}  // namespace

class AmxTest : public QObject {
  Q_OBJECT

 private slots:
  void init() {
    torch::manual_seed(21);
    if (!amx_takes(32, 32)) {
      QSKIP("this processor has no matrix unit");
    }
  }

  void isTheLinearLayer_data() {
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("in");
    QTest::addColumn<int>("out");
    QTest::newRow("one row") << 1 << 32 << 32;
    QTest::newRow("a rest of rows") << 77 << 96 << 160;
    QTest::newRow("an odd number of tiles") << 48 << 64 << 32;
    QTest::newRow("several runs along a row") << 40 << 1760 << 64;
    QTest::newRow("several strips") << 3000 << 320 << 64;
    QTest::newRow("several blocks") << 2100 << 32 << 64;
  }
  void isTheLinearLayer() {
    QFETCH(int, rows);
    QFETCH(int, in);
    QFETCH(int, out);
    const torch::Tensor x = torch::randn({rows, in}), weight = torch::randn({out, in});
    const torch::Tensor bias = torch::randn({out}), residual = torch::randn({rows, out});
    const torch::Tensor laid_out = amx_weight(weight);
    const torch::Tensor expected = at::linear(wide(x), wide(weight), wide(bias));
    const torch::Tensor got = amx_linear(x, laid_out, bias);
    const double errors[] = {relative_error(got, expected),
                             relative_error(amx_linear(x, laid_out, bias, residual), expected + wide(residual)),
                             relative_error(amx_linear(x, laid_out, std::nullopt), expected - wide(bias))};
    for (const double error : errors) {
      QVERIFY2(error < limit, QByteArray::number(error));
    }
  }

  void isTheConvolution_data() {
    QTest::addColumn<int>("kernel");
    QTest::addColumn<int>("padding");
    QTest::addColumn<int>("batch");
    QTest::addColumn<int>("in");
    QTest::addColumn<int>("out");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("width");
    QTest::newRow("3x3") << 3 << 1 << 2 << 64 << 96 << 12 << 20;
    QTest::newRow("one pixel") << 3 << 1 << 1 << 32 << 32 << 1 << 1;
    QTest::newRow("one row") << 3 << 1 << 3 << 32 << 32 << 1 << 57;
    QTest::newRow("one column") << 3 << 1 << 1 << 32 << 64 << 57 << 1;
    QTest::newRow("odd sides") << 3 << 1 << 2 << 32 << 32 << 13 << 7;
    QTest::newRow("without padding") << 3 << 0 << 1 << 32 << 32 << 9 << 11;
    QTest::newRow("2x2, larger than what it sees") << 2 << 1 << 2 << 32 << 64 << 6 << 9;
    QTest::newRow("5x5") << 5 << 2 << 1 << 32 << 32 << 8 << 8;
    QTest::newRow("several strips") << 3 << 1 << 2 << 320 << 32 << 41 << 43;
    QTest::newRow("a strip of few rows") << 3 << 1 << 1 << 1280 << 32 << 11 << 100;
  }
  void isTheConvolution() {
    QFETCH(int, kernel);
    QFETCH(int, padding);
    QFETCH(int, batch);
    QFETCH(int, in);
    QFETCH(int, out);
    QFETCH(int, height);
    QFETCH(int, width);
    const torch::Tensor x = torch::randn({batch, in, height, width}), weight = torch::randn({out, in, kernel, kernel});
    const torch::Tensor bias = torch::randn({out});
    const torch::Tensor laid_out = amx_weight(weight);
    const torch::Tensor expected = at::conv2d(wide(x), wide(weight), wide(bias), 1, padding);
    const torch::Tensor got = amx_convolution(x, laid_out, bias, padding);
    QCOMPARE(got.sizes(), expected.sizes());
    QVERIFY(got.is_contiguous(at::MemoryFormat::ChannelsLast));
    const torch::Tensor residual = torch::randn(expected.sizes());
    const torch::Tensor sum = residual.clone(at::MemoryFormat::ChannelsLast);
    amx_convolution_onto(x, laid_out, bias, padding, sum);
    const double errors[] = {relative_error(got, expected), relative_error(sum, expected + wide(residual)),
                             relative_error(amx_convolution(x, laid_out, bias, padding, residual), expected + wide(residual))};
    for (const double error : errors) {
      QVERIFY2(error < limit, QByteArray::number(error));
    }
  }

  void theBorderIsZeroAndATapMovesThePicture() {
    const torch::Tensor x = torch::randn({1, 32, 5, 6}).to(torch::kBFloat16).to(torch::kFloat32);  // which have no second part
    torch::Tensor weight = torch::zeros({32, 32, 3, 3});
    weight[3][7][0][2] = 1;  // the pixel above and to the right
    const torch::Tensor made = amx_convolution(x, amx_weight(weight), torch::zeros({32}), 1);
    QVERIFY(torch::equal(made[0][3], at::constant_pad_nd(x[0][7], {0, 1, 1, 0}).narrow(0, 0, 5).narrow(1, 1, 6)));
    QVERIFY(made[0][4].abs().max().item<float>() == 0);
  }

  void tapsComeBack() {
    const torch::Tensor weight = torch::randn({64, 96, 3, 3});
    const torch::Tensor back = amx_taps(amx_weight(weight));
    QVERIFY(((back - weight).abs() / weight.abs()).max().item<double>() < 1.0 / (1 << 17));
  }

  void aRowIsTheSameAloneAndInABatchAndOnAnyNumberOfThreads() {
    const torch::Tensor weight = amx_weight(torch::randn({96, 64, 3, 3})), bias = torch::randn({96});
    const torch::Tensor x = torch::randn({3, 64, 18, 15});
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const torch::Tensor together = amx_convolution(x, weight, bias, 1);
    at::set_num_threads(3);
    for (int64_t i = 0; i < 3; ++i) {
      QVERIFY(torch::equal(amx_convolution(x.narrow(0, i, 1), weight, bias, 1), together.narrow(0, i, 1)));
    }
    at::set_num_threads(threads);
  }

  void otherLibrariesOnTheSameThreadKeepWorking() {
    // oneDNN sets the unit's tiles for itself; neither may find the other's.
    const torch::Tensor x = torch::randn({64, 64}), weight = torch::randn({64, 64});
    const auto by_onednn = [&] { return at::linear(x.to(torch::kBFloat16), weight.to(torch::kBFloat16)); };
    const torch::Tensor laid_out = amx_weight(weight);
    const torch::Tensor first = by_onednn(), ours = amx_linear(x, laid_out, std::nullopt);
    QVERIFY(torch::equal(by_onednn(), first));
    QVERIFY(torch::equal(amx_linear(x, laid_out, std::nullopt), ours));
  }

  void everyNumberOfRowsGoesOnAnyNumberOfThreads() {
    // Some do not divide into as many blocks as there are threads.
    const torch::Tensor weight = amx_weight(torch::randn({32, 32}));
    const torch::Tensor x = torch::randn({2100, 32});
    const torch::Tensor all = amx_linear(x, weight, std::nullopt);
    const int before = at::get_num_threads();
    for (const int threads : {1, 2, 3, 7, 16}) {
      at::set_num_threads(threads);
      for (int64_t rows = 31; rows <= 2100; rows += 61) {
        QVERIFY(torch::equal(amx_linear(x.narrow(0, 0, rows), weight, std::nullopt), all.narrow(0, 0, rows)));
      }
    }
    at::set_num_threads(before);
  }

  void refusesWhatDoesNotFit() {
    QVERIFY(!amx_takes(33, 32) && !amx_takes(32, 40) && !amx_takes(0, 32));
    const torch::Tensor weight = amx_weight(torch::randn({32, 64}));
    QVERIFY_EXCEPTION_THROWN(amx_linear(torch::randn({4, 32}), weight, std::nullopt), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(amx_linear(torch::randn({4, 64}).to(torch::kBFloat16), weight, std::nullopt), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(amx_linear(torch::randn({4, 64}), weight, torch::randn({31})), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(amx_linear(torch::randn({4, 64}), weight, std::nullopt, torch::randn({5, 32})), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(amx_linear(torch::randn({4, 64}), amx_weight(torch::randn({32, 64, 3, 3})), std::nullopt),
                             std::invalid_argument);
    const torch::Tensor taps = amx_weight(torch::randn({32, 64, 3, 3})), bias = torch::randn({32});
    QVERIFY_EXCEPTION_THROWN(amx_convolution(torch::randn({1, 32, 8, 8}), taps, bias, 1), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(amx_convolution_onto(torch::randn({1, 64, 8, 8}), taps, bias, 1, torch::randn({1, 32, 8, 8})),
                             std::invalid_argument);  // not channels_last
  }
};

DARKROOM_TEST(AmxTest);
#include "amx_test.moc"
