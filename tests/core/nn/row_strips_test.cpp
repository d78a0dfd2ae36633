// SPDX-License-Identifier: Apache-2.0
#include "core/nn/row_strips.h"

#include "core/nn/packed_weights.h"
#include "core/nn/vae.h"
#include "tests/core/nn/golden_model.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

// Differences of a sum's order, not of a seam: values here are about 1.
constexpr double strips_limit = 2e-5;

struct GoldenVae {
  Vae model{vae_config_from_json(golden_config("vae"), "vae")};
  Weights plain = read_weights(model.layout(), golden_folder("vae"), torch::kFloat32, torch::kCPU);

  Weights packed(torch::ScalarType dtype) const { return pack_for_inference(model.layout(), plain, dtype); }
};

}  // namespace

class RowStripsTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { torch::manual_seed(5); }

  void decodeInStripsIsTheWholePicture_data() { sizes(); }
  void decodeInStripsIsTheWholePicture() {
    QFETCH(int, rows);
    QFETCH(int, columns);
    QFETCH(int, strip);
    const torch::NoGradGuard no_grad;
    const GoldenVae vae;
    const torch::Tensor latents = torch::randn({2, 4, rows, columns});
    for (const Weights& weights : {vae.plain, vae.packed(torch::kFloat32)}) {
      const torch::Tensor whole = vae.model.decode(weights, latents);
      COMPARE_WITHIN("decoded", vae.model.decode(weights, latents, strip), whole, strips_limit);
    }
  }

  void encodeInStripsIsTheWholePicture_data() { sizes(); }
  void encodeInStripsIsTheWholePicture() {
    QFETCH(int, rows);
    QFETCH(int, columns);
    QFETCH(int, strip);
    const torch::NoGradGuard no_grad;
    const GoldenVae vae;
    const torch::Tensor images = torch::randn({2, 3, 4 * rows, 4 * columns}).clamp(-1, 1);
    const LatentDistribution whole = vae.model.encode(vae.plain, images);
    const LatentDistribution strips = vae.model.encode(vae.plain, images, strip);
    COMPARE_WITHIN("mean", strips.mean_BCHW, whole.mean_BCHW, strips_limit);
    COMPARE_WITHIN("logvar", strips.logvar_BCHW, whole.logvar_BCHW, strips_limit);
  }

  void stripsEqualThePeer() {
    const torch::NoGradGuard no_grad;
    const GoldenVae vae;
    const SafetensorsFile golden = golden_file("vae");
    COMPARE_WITHIN("decode", vae.model.decode(vae.plain, golden.tensor("latents"), 3), golden.tensor("decoded"), strips_limit);
    COMPARE_WITHIN("mean", vae.model.encode(vae.plain, golden.tensor("images"), 5).mean_BCHW, golden.tensor("mean"), strips_limit);
  }

  void halfPrecisionStaysWithinTwoLevels() {
    if (!can_pack(torch::kBFloat16)) {
      QSKIP("this processor has no packed bfloat16 kernels");
    }
    const torch::NoGradGuard no_grad;
    const GoldenVae vae;
    const Weights weights = vae.packed(torch::kBFloat16);
    const torch::Tensor latents = torch::randn({1, 4, 13, 9});
    const torch::Tensor whole = vae.model.decode(weights, latents.to(torch::kBFloat16)).to(torch::kFloat32);
    const torch::Tensor strips = vae.model.decode(weights, latents.to(torch::kBFloat16), 7).to(torch::kFloat32);
    const double levels = ((strips - whole) * 127.5).abs().mean().item<double>();
    QVERIFY2(levels <= 2, format("{:.3f} levels apart on average", levels).c_str());
  }

  void stripsNeedLessMemory() {
    const Vae vae(sd15_vae_config());
    for (const int64_t side : {64, 96, 128, 512}) {
      QVERIFY(vae.decode_bytes(side, side, torch::kFloat32, 32) < 2 * vae.decode_bytes(side, side, torch::kFloat32) / 3);
    }
    QCOMPARE(vae.decode_bytes(64, 64, torch::kBFloat16) * 2, vae.decode_bytes(64, 64, torch::kFloat32));
    QCOMPARE(vae.decode_bytes(64, 64, torch::kFloat32), int64_t{640} * 512 * 512 * 4);
  }

  void rejectsStripsWithoutRowsAndBatches() {
    const GoldenVae vae;
    const torch::NoGradGuard no_grad;
    QVERIFY_EXCEPTION_THROWN(vae.model.decode(vae.plain, torch::zeros({1, 4, 2, 2}), 0), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(RowSource(torch::zeros({2, 4, 2, 2})), std::invalid_argument);
  }

 private:
  // Strips of one row, strips that do not divide the height, one strip for all; odd sizes of the picture.
  static void sizes() {
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("columns");
    QTest::addColumn<int>("strip");
    QTest::newRow("5x7 by 1") << 5 << 7 << 1;
    QTest::newRow("5x7 by 3") << 5 << 7 << 3;
    QTest::newRow("11x3 by 8") << 11 << 3 << 8;
    QTest::newRow("3x13 by 4") << 3 << 13 << 4;
    QTest::newRow("7x6 by 5") << 7 << 6 << 5;
    QTest::newRow("2x2 by 100") << 2 << 2 << 100;
  }
};

DARKROOM_TEST(RowStripsTest);
#include "row_strips_test.moc"
