// SPDX-License-Identifier: Apache-2.0
#include "core/nn/packed_weights.h"

#include "core/nn/attention.h"
#include "core/nn/unet.h"
#include "core/nn/vae.h"
#include "tests/core/kernels/each_processor.h"
#include "tests/core/nn/golden_model.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

constexpr double packed_limit = 1e-5;
constexpr const char* unets[] = {"unet_three_levels", "unet_linear_sharded", "unet_scratch"};

ParameterSlot slot_of(WeightUse use) {
  ParameterSlot slot;
  slot.name = "layer.weight";
  slot.use = use;
  return slot;
}

Weights read_golden(const char* name, const ParameterLayout& layout) {
  return read_weights(layout, golden_folder(name), torch::kFloat32, torch::kCPU);
}

struct GoldenUNet {
  std::unique_ptr<UNetModel> model;
  Weights weights;  ///< packed
  SafetensorsFile golden;

  explicit GoldenUNet(const char* name, torch::ScalarType dtype = torch::kFloat32)
      : model(make_unet(unet_config_from_json(golden_config(name), name))),
        weights(pack_for_inference(model->layout(), read_golden(name, model->layout()), dtype)),
        golden(golden_file(name)) {}

  torch::Tensor forward(const torch::Tensor& context, const UNetRun& run = {}) const {
    return model->forward(weights, golden.tensor("x"), golden.tensor("t"), context, run);
  }
};

}  // namespace

class PackedWeightsTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase_data() { add_processors(); }
  void cleanupTestCase() { play_own_processor(); }
  void init() {
    torch::manual_seed(3);
    has_matrix_unit_ = play_processor();
    if (!can_pack(torch::kFloat32)) {
      QSKIP("this processor has no packed kernels");
    }
  }

  void linearIsTheSameForAnyNumberOfRows() {
    const torch::NoGradGuard no_grad;
    const torch::Tensor weight = torch::randn({72, 40}), bias = torch::randn({72});
    const torch::Tensor packed = pack_weight(slot_of({WeightUse::Kind::linear}), weight, torch::kFloat32);
    QVERIFY(is_packed(packed));
    for (const int64_t rows : {1, 2, 77, 1000}) {
      const torch::Tensor x = torch::randn({2, rows, 40}), residual = torch::randn({2, rows, 72});
      COMPARE_WITHIN(format("{} rows", rows), packed_linear(x, packed, bias), at::linear(x, weight, bias), packed_limit);
      COMPARE_WITHIN("without bias", packed_linear(x, packed, std::nullopt), at::linear(x, weight), packed_limit);
      COMPARE_WITHIN("plus residual", packed_linear(x, packed, bias, residual), at::linear(x, weight, bias) + residual, packed_limit);
    }
  }

  void convolutionIsTheSameForAnyPicture_data() {
    QTest::addColumn<int>("kernel");
    QTest::addColumn<int>("stride");
    QTest::addColumn<int>("padding");
    QTest::newRow("3x3") << 3 << 1 << 1;
    QTest::newRow("3x3 halving") << 3 << 2 << 1;
    QTest::newRow("3x3 without padding") << 3 << 2 << 0;
    QTest::newRow("1x1") << 1 << 1 << 0;
    QTest::newRow("5x5") << 5 << 1 << 2;
  }
  void convolutionIsTheSameForAnyPicture() {
    QFETCH(const int, kernel);
    QFETCH(const int, stride);
    QFETCH(const int, padding);
    const torch::NoGradGuard no_grad;
    const torch::Tensor weight = torch::randn({48, 24, kernel, kernel}) / 5, bias = torch::randn({48});
    const torch::Tensor packed = pack_weight(slot_of({WeightUse::Kind::convolution, stride, padding}), weight, torch::kFloat32);
    QVERIFY(is_packed(packed));
    for (const auto& [rows, columns] : {std::pair(16, 16), std::pair(5, 9), std::pair(40, 72)}) {
      const torch::Tensor x = torch::randn({2, 24, rows, columns}).contiguous(at::MemoryFormat::ChannelsLast);
      const torch::Tensor expected = at::conv2d(x, weight, bias, stride, padding);
      const torch::Tensor got = packed_convolution(x, packed, bias, stride, padding);
      QVERIFY(got.is_contiguous(at::MemoryFormat::ChannelsLast));
      COMPARE_WITHIN(format("{}x{}", rows, columns), got, expected, packed_limit);
      const torch::Tensor residual = at::randn_like(expected);
      COMPARE_WITHIN("plus residual", packed_convolution(x, packed, bias, stride, padding, residual), expected + residual, packed_limit);
    }
  }

  void wideConvolutionsMultiplyLessAndGiveTheirTapsBack() {
    if (!winograd_takes(96, 64)) {
      QSKIP("this processor has no AVX-512");
    }
    if (has_matrix_unit_) {
      QSKIP("the matrix unit runs these");
    }
    const torch::NoGradGuard no_grad;
    const ParameterSlot slot = slot_of({WeightUse::Kind::convolution, 1, 1});
    const torch::Tensor weight = torch::randn({96, 64, 3, 3}) / 24, bias = torch::randn({96});
    const torch::Tensor packed = pack_weight(slot, weight, torch::kFloat32);
    QVERIFY(is_packed(packed) && is_winograd(packed));
    COMPARE_WITHIN("taps", unpack_weight(slot, packed), weight, 1e-6);
    const torch::Tensor x = torch::randn({2, 64, 13, 18}).contiguous(at::MemoryFormat::ChannelsLast);
    COMPARE_WITHIN("convolution", packed_convolution(x, packed, bias, 1, 1), at::conv2d(x, weight, bias, 1, 1), packed_limit);
    // Strides, half precision, few channels and large weights stay with oneDNN.
    QVERIFY(!is_winograd(pack_weight(slot_of({WeightUse::Kind::convolution, 2, 1}), weight, torch::kFloat32)));
    QVERIFY(!is_winograd(pack_weight(slot, weight, torch::kBFloat16)));
    QVERIFY(!is_winograd(pack_weight(slot, torch::randn({96, 32, 3, 3}), torch::kFloat32)));
    QVERIFY(!is_winograd(pack_weight(slot, torch::zeros({512, 512, 3, 3}), torch::kFloat32)));
  }

  void aWideConvolutionOverManyPixelsMultipliesLessToo() {
    if (!winograd_takes(512, 288)) {
      QSKIP("this processor has no AVX-512");
    }
    if (has_matrix_unit_) {
      QSKIP("the matrix unit runs these");
    }
    const torch::NoGradGuard no_grad;
    const torch::Tensor weight = torch::randn({512, 288, 3, 3}) / 51, bias = torch::randn({512});
    const torch::Tensor packed = pack_weight(slot_of({WeightUse::Kind::convolution, 1, 1}), weight, torch::kFloat32);
    QVERIFY(is_packed(packed) && !is_winograd(packed));
    for (const int64_t side : {63, 64}) {
      const torch::Tensor x = torch::randn({1, 288, side, 64}).contiguous(at::MemoryFormat::ChannelsLast);
      const torch::Tensor expected = at::conv2d(x, weight, bias, 1, 1);
      const torch::Tensor got = packed_convolution(x, packed, bias, 1, 1);
      COMPARE_WITHIN(format("{} rows", side), got, expected, 2 * packed_limit);
      const torch::Tensor quick = winograd_convolution(x, winograd_weight(weight), bias);
      QCOMPARE(at::equal(got, quick), side == 64);  // each in its own way, and both are right
      torch::Tensor sum = at::randn_like(expected);
      const torch::Tensor both = sum + expected;
      COMPARE_WITHIN("onto a sum", packed_convolution_onto(x, packed, bias, 1, 1, sum), both, 2 * packed_limit);
    }
  }

  void onePixelIsAPictureToo() {
    const torch::NoGradGuard no_grad;
    const torch::Tensor weight = torch::randn({48, 24, 3, 3}) / 5, bias = torch::randn({48});
    for (const int64_t stride : {1, 2}) {
      const torch::Tensor packed = pack_weight(slot_of({WeightUse::Kind::convolution, stride, 1}), weight, torch::kFloat32);
      const torch::Tensor x = torch::randn({2, 24, stride, stride}).contiguous(at::MemoryFormat::ChannelsLast);
      const torch::Tensor expected = at::conv2d(x, weight, bias, stride, 1);
      QCOMPARE(expected.size(2), int64_t{1});
      const torch::Tensor residual = at::randn_like(expected);
      COMPARE_WITHIN(format("stride {}", stride), packed_convolution(x, packed, bias, stride, 1, residual), expected + residual,
                     packed_limit);
    }
  }

  void upsamplingIsAConvolutionOverTheDoubledPicture() {
    const torch::NoGradGuard no_grad;
    const torch::Tensor weight = torch::randn({24, 24, 3, 3}) / 15, bias = torch::randn({24});
    const torch::Tensor packed = pack_weight(slot_of({WeightUse::Kind::upsampling, 1, 1}), weight, torch::kFloat32);
    QVERIFY(is_packed(packed));
    for (const auto& [height, width] : {std::pair(1, 1), std::pair(5, 9), std::pair(16, 12)}) {
      const torch::Tensor x = torch::randn({2, 24, height, width}).contiguous(at::MemoryFormat::ChannelsLast);
      for (const auto& [rows, columns] : {std::pair(2 * height, 2 * width), std::pair(2 * height - 1, 2 * width)}) {
        const torch::Tensor expected = at::conv2d(at::upsample_nearest2d(x, {rows, columns}), weight, bias, 1, 1);
        COMPARE_WITHIN(format("{}x{}", rows, columns), packed_upsample_convolution(x, packed, bias, rows, columns), expected, packed_limit);
      }
    }
  }

  void onlyWhatIsAskedForIsPackedAndValuesStay() {
    const Vae vae(vae_config_from_json(golden_config("vae"), "vae"));
    const Weights plain = read_golden("vae", vae.layout());
    const Weights packed = pack_for_inference(vae.layout(), plain, torch::kFloat32, Vae::decoder_weights);
    int changed = 0;
    for (int i = 0; i < vae.layout().size(); ++i) {
      const ParameterSlot& slot = vae.layout().slot(i);
      const torch::Tensor& weight = packed[static_cast<size_t>(i)];
      const bool wanted = slot.name.starts_with(Vae::decoder_weights) && slot.use.kind != WeightUse::Kind::other;
      QVERIFY2(is_packed(weight) == wanted, slot.name.c_str());
      if (wanted) {
        const torch::Tensor back = unpack_weight(slot, weight);
        const torch::Tensor& was = plain[static_cast<size_t>(i)];
        if (is_amx(weight)) {
          QVERIFY(max_difference(back, was) < 1e-5 * was.abs().max().item<double>());
        } else {
          QVERIFY(slot.use.kind == WeightUse::Kind::upsampling ? max_difference(back, was) < 1e-6 : at::equal(back, was));
        }
        ++changed;
      } else {
        QVERIFY(weight.is_same(plain[static_cast<size_t>(i)]));
      }
    }
    QVERIFY(changed > 10);
    // Once more changes nothing; float64 has no packed kernels.
    QVERIFY(pack_for_inference(vae.layout(), packed, torch::kFloat32).back().is_same(packed.back()));
    QVERIFY(!is_packed(pack_weight(slot_of({WeightUse::Kind::linear}), torch::randn({4, 4}), torch::kFloat64)));
  }

  void whatIsKeptOfAMappedFileCanBeReadAgain() {
    // Packing gives the file's pages back; the tensors that the caller keeps still have the file's numbers.
    const Vae vae(vae_config_from_json(golden_config("vae"), "vae"));
    const Weights plain = read_golden("vae", vae.layout());
    Weights copies;
    for (const torch::Tensor& weight : plain) {
      copies.push_back(weight.clone());
    }
    const Weights packed = pack_for_inference(vae.layout(), plain, torch::kFloat32);
    for (size_t i = 0; i < plain.size(); ++i) {
      QVERIFY(torch::equal(plain[i], copies[i]));
    }
  }

  void unetEqualsThePeer() {
    const torch::NoGradGuard no_grad;
    for (const char* name : unets) {
      const GoldenUNet unet(name);
      COMPARE_WITHIN(name, unet.forward(unet.golden.tensor("context")), unet.golden.tensor("y"), packed_limit);
    }
  }

  void unetWithAMaskEqualsThePeer() {
    const torch::NoGradGuard no_grad;
    for (const char* name : {"unet_three_levels", "unet_linear_sharded"}) {
      const GoldenUNet unet(name);
      const SafetensorsFile masked = golden_file(name, "masked.safetensors");
      UNetRun run;
      run.context_mask_BL = masked.tensor("keep");
      COMPARE_WITHIN(name, unet.forward(unet.golden.tensor("context"), run), masked.tensor("y"), packed_limit);
    }
  }

  void vaeEqualsThePeer() {
    const torch::NoGradGuard no_grad;
    const Vae vae(vae_config_from_json(golden_config("vae"), "vae"));
    const SafetensorsFile golden = golden_file("vae");
    const Weights weights = pack_for_inference(vae.layout(), read_golden("vae", vae.layout()), torch::kFloat32);
    COMPARE_WITHIN("mean", vae.encode(weights, golden.tensor("images")).mean_BCHW, golden.tensor("mean"), packed_limit);
    COMPARE_WITHIN("decode", vae.decode(weights, golden.tensor("latents")), golden.tensor("decoded"), packed_limit);
  }

  void bf16StaysNearFp32() {
    if (!can_pack(torch::kBFloat16)) {
      QSKIP("this processor has no packed bf16 kernels");
    }
    const torch::NoGradGuard no_grad;
    for (const char* name : unets) {
      const GoldenUNet unet(name, torch::kBFloat16);
      const double scale = unet.golden.tensor("y").abs().max().item<double>();
      COMPARE_WITHIN(name, unet.forward(unet.golden.tensor("context")) / scale, unet.golden.tensor("y") / scale, 0.05);
    }
  }

  void theContextCacheChangesNothingAndKnowsItsContext() {
    const torch::NoGradGuard no_grad;
    for (const char* name : unets) {
      const GoldenUNet unet(name);
      const torch::Tensor context = unet.golden.tensor("context"), other = context.flip(1);
      const torch::Tensor expected = unet.forward(context), expected_of_other = unet.forward(other);
      ContextCache cache;
      UNetRun run;
      run.context_cache = &cache;
      QVERIFY(torch::equal(unet.forward(context, run), expected));
      QVERIFY(torch::equal(unet.forward(context, run), expected));
      QVERIFY(torch::equal(unet.forward(other, run), expected_of_other));
      QVERIFY(!torch::equal(expected, expected_of_other));
    }
  }

  void theContextCacheIsUsed() {
    // A context that is changed in place is the same object: what was kept still answers.
    const torch::NoGradGuard no_grad;
    const GoldenUNet unet("unet_three_levels");
    const torch::Tensor context = unet.golden.tensor("context").clone();
    ContextCache cache;
    UNetRun run;
    run.context_cache = &cache;
    const torch::Tensor first = unet.forward(context, run);
    context.zero_();
    QVERIFY(torch::equal(unet.forward(context, run), first));
  }

  void everySmallNumberOfChannelsIsConvolved() {
    // 32 channels are one tile: a 3x3 convolution of them is not taken for a 1x1.
    const torch::NoGradGuard no_grad;
    for (const int64_t in : {32, 64}) {
      for (const int64_t kernel : {1, 3}) {
        const int64_t padding = kernel / 2;
        const torch::Tensor weight = torch::randn({32, in, kernel, kernel}) / std::sqrt(static_cast<double>(in * kernel * kernel));
        const torch::Tensor packed = pack_weight(slot_of({WeightUse::Kind::convolution, 1, padding}), weight, torch::kFloat32);
        const torch::Tensor x = torch::randn({2, in, 9, 4}).contiguous(at::MemoryFormat::ChannelsLast), bias = torch::randn({32});
        const torch::Tensor expected = at::conv2d(x, weight, bias, 1, padding);
        COMPARE_WITHIN(format("{} channels, {}", in, kernel), packed_convolution(x, packed, bias, 1, padding), expected, 4e-5);
        const torch::Tensor sum = at::zeros_like(expected);
        COMPARE_WITHIN("onto a sum", packed_convolution_onto(x, packed, bias, 1, padding, sum), expected, 4e-5);
      }
    }
  }

  void wideLayersGoToTheMatrixUnit() {
    if (!has_matrix_unit_) {
      QSKIP("without the matrix unit");
    }
    const torch::NoGradGuard no_grad;
    const torch::Tensor weight = torch::randn({64, 96, 3, 3}) / 29, bias = torch::randn({64});
    const torch::Tensor packed = pack_weight(slot_of({WeightUse::Kind::convolution, 1, 1}), weight, torch::kFloat32);
    QVERIFY(is_packed(packed) && is_amx(packed));
    QCOMPARE(packed.nbytes(), weight.nbytes());
    // Strides, bfloat16 and channels that fill no tile stay with oneDNN.
    QVERIFY(!is_amx(pack_weight(slot_of({WeightUse::Kind::convolution, 1, 1}), weight, torch::kBFloat16)));
    QVERIFY(!is_amx(pack_weight(slot_of({WeightUse::Kind::convolution, 2, 1}), weight, torch::kFloat32)));
    QVERIFY(!is_amx(pack_weight(slot_of({WeightUse::Kind::linear}), torch::randn({72, 40}), torch::kFloat32)));
    const torch::Tensor pointwise =
        pack_weight(slot_of({WeightUse::Kind::convolution, 1, 0}), torch::randn({64, 32, 1, 1}) / 6, torch::kFloat32);
    QVERIFY(is_amx(pointwise));
    const torch::Tensor x = torch::randn({2, 32, 9, 4}).contiguous(at::MemoryFormat::ChannelsLast);
    COMPARE_WITHIN("1x1", packed_convolution(x, pointwise, bias, 1, 0),
                   at::conv2d(x, unpack_weight(ParameterSlot{.shape = {64, 32, 1, 1}}, pointwise), bias), 1e-4);
  }

 private:
  bool has_matrix_unit_ = false;
};

DARKROOM_TEST(PackedWeightsTest);
#include "packed_weights_test.moc"
