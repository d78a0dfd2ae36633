// SPDX-License-Identifier: Apache-2.0
#include "core/nn/unet.h"

#include "tests/core/nn/golden_model.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

constexpr double unet_limit = 1e-5;
constexpr const char* models[] = {"unet_three_levels", "unet_linear_sharded", "unet_scratch"};

std::unique_ptr<UNetModel> golden_unet(const char* name) { return make_unet(unet_config_from_json(golden_config(name), name)); }

torch::Tensor in_memory(const torch::Tensor& x, ConvolutionMemory memory) {
  return memory == ConvolutionMemory::channels_last ? x.contiguous(at::MemoryFormat::ChannelsLast) : x;
}

}  // namespace

class UNetTest : public QObject {
  Q_OBJECT

 private slots:
  void forwardEqualsThePeer_data() { each_model_and_memory(); }
  void forwardEqualsThePeer() {
    QFETCH(QByteArray, model);
    QFETCH(bool, channels_last);
    const ConvolutionMemory memory = channels_last ? ConvolutionMemory::channels_last : ConvolutionMemory::contiguous;
    const auto unet = golden_unet(model);
    const auto arena = golden_arena(model, unet->layout(), memory);
    const SafetensorsFile golden = golden_file(model);
    const torch::NoGradGuard no_grad;
    const torch::Tensor y =
        unet->forward(arena->views(ArenaBuffer::ema), in_memory(golden.tensor("x"), memory), golden.tensor("t"), golden.tensor("context"));
    COMPARE_WITHIN(model.toStdString(), y, golden.tensor("y"), unet_limit);
  }

  void gradientsEqualThePeer_data() { each_model_and_memory(); }
  void gradientsEqualThePeer() {
    QFETCH(QByteArray, model);
    QFETCH(bool, channels_last);
    const ConvolutionMemory memory = channels_last ? ConvolutionMemory::channels_last : ConvolutionMemory::contiguous;
    const auto unet = golden_unet(model);
    const auto arena = golden_arena(model, unet->layout(), memory);
    const SafetensorsFile golden = golden_file(model);
    double largest = 0;
    for (int i = 0; i < arena->layout().size(); ++i) {
      largest = std::max(largest, golden.tensor("grad." + arena->layout().slot(i).name).abs().max().item<double>());
    }
    for (const bool recompute : {false, true}) {
      arena->zero_gradients();
      const UNetRun run{.recompute = recompute, .context_mask_BL = std::nullopt};
      const torch::Tensor y =
          unet->forward(arena->leaves(), in_memory(golden.tensor("x"), memory), golden.tensor("t"), golden.tensor("context"), run);
      QVERIFY(y.requires_grad());
      y.pow(2).mean().backward();
      double worst = 0;
      for (int i = 0; i < arena->layout().size(); ++i) {
        const std::string& name = arena->layout().slot(i).name;
        const torch::Tensor expected = golden.tensor("grad." + name);
        const double difference = max_difference(arena->view(ArenaBuffer::gradient, i), expected);
        // Of the parameter's own gradient too: many are so small that the absolute limit alone would say nothing. A bias before a GroupNorm
        // has a gradient of 0 but for rounding, which is of the size of the others' last bits and differs from processor to processor.
        const double allowed = std::min(unet_limit, 1e-3 * expected.abs().max().item<double>() + 1e-6 * largest);
        QVERIFY2(difference <= allowed, format("{} recompute {}: {:.3g}", name, recompute, difference).c_str());
        worst = std::max(worst, difference);
      }
      qInfo("%s recompute %d: max |difference| of %d gradients %.3g, largest gradient %.3g", model.constData(), recompute,
            arena->layout().size(), worst, largest);
    }
  }

  void everyGoldenParameterIsInTheLayout() {
    for (const char* model : models) {
      const auto unet = golden_unet(model);
      QCOMPARE(static_cast<size_t>(unet->layout().size()), WeightFiles(golden_folder(model)).tensors().size());
    }
  }

  void contextMaskHidesTokens() {
    for (const char* model : {"unet_three_levels", "unet_linear_sharded"}) {
      const auto unet = golden_unet(model);
      const auto arena = golden_arena(model, unet->layout());
      const SafetensorsFile golden = golden_file(model);
      const SafetensorsFile masked = golden_file(model, "masked.safetensors");
      const torch::NoGradGuard no_grad;
      const torch::Tensor y = unet->forward(arena->views(ArenaBuffer::ema), golden.tensor("x"), golden.tensor("t"),
                                            golden.tensor("context"), {.recompute = false, .context_mask_BL = masked.tensor("keep")});
      COMPARE_WITHIN(model, y, masked.tensor("y"), unet_limit);
      QVERIFY(max_difference(y, golden.tensor("y")) > 1e-4);
    }
  }

  void parameterCountsAreExact() {
    QCOMPARE(make_unet(sd15_unet_config())->layout().parameter_count(), int64_t{859'520'964});
    QCOMPARE(make_unet(scratch_unet_config())->layout().parameter_count(), int64_t{780'718'404});
    QCOMPARE(make_unet(sd15_unet_config())->layout().size(), 686);
  }

  void aFreshModelPredictsZeroAndItsFirstGradientReachesTheLastConvolution() {
    for (const char* model : models) {
      const auto unet = golden_unet(model);
      ParameterArena arena(unet->layout(), {});
      arena.initialize(7);
      const SafetensorsFile golden = golden_file(model);
      const torch::Tensor y = unet->forward(arena.leaves(), golden.tensor("x"), golden.tensor("t"), golden.tensor("context"));
      QCOMPARE(y.abs().max().item<double>(), 0.0);
      (y - 1).pow(2).mean().backward();
      QVERIFY(arena.leaves()[static_cast<size_t>(unet->layout().index_of("conv_out.weight"))].grad().abs().max().item<double>() > 0);
    }
  }

  void zeroInitialisationIsTheRecipes() {
    const std::vector<std::string> zero = {".conv2.", ".to_out.0.", ".ff.net.2.", ".proj_out.", "conv_out."};
    const auto unet = make_unet(sd15_unet_config());
    for (int i = 0; i < unet->layout().size(); ++i) {
      const ParameterSlot& slot = unet->layout().slot(i);
      const bool output =
          std::any_of(zero.begin(), zero.end(), [&](const std::string& part) { return slot.name.find(part) != std::string::npos; });
      const bool norm = slot.name.find("norm") != std::string::npos;
      if (!norm) {
        QVERIFY2((slot.init == ParameterInit::zeros) == output, slot.name.c_str());
      }
      if (slot.name == "conv_in.weight") {
        QCOMPARE(slot.scale, 1.0 / 6.0);  // fan_in 4*3*3
      }
    }
    const auto scratch = make_unet(scratch_unet_config());
    for (const char* name :
         {"ups.10.conv2.bias", "mid.0.tfm.tfm.self_attn.to_out.weight", "downs.3.tfm.tfm.mlp.2.weight", "conv_out.weight"}) {
      QVERIFY2(scratch->layout().slot(scratch->layout().index_of(name)).init == ParameterInit::zeros, name);
    }
  }

  void bf16StaysNearFp32() {
    const auto unet = golden_unet("unet_three_levels");
    const auto arena = golden_arena("unet_three_levels", unet->layout(), ConvolutionMemory::channels_last);
    const SafetensorsFile golden = golden_file("unet_three_levels");
    Weights bf16;
    for (const torch::Tensor& weight : arena->views(ArenaBuffer::master)) {
      bf16.push_back(weight.to(torch::kBFloat16));
    }
    const torch::NoGradGuard no_grad;
    const torch::Tensor y = unet->forward(bf16, golden.tensor("x"), golden.tensor("t"), golden.tensor("context"));
    QVERIFY(y.scalar_type() == torch::kFloat32);  // the dtype of x
    const double scale = golden.tensor("y").abs().max().item<double>();
    COMPARE_WITHIN("bf16", y / scale, golden.tensor("y") / scale, 0.05);
  }

  void oneTimeServesTheWholeBatch() {
    const auto unet = golden_unet("unet_three_levels");
    const auto arena = golden_arena("unet_three_levels", unet->layout());
    const SafetensorsFile golden = golden_file("unet_three_levels");
    const torch::NoGradGuard no_grad;
    const Weights weights = arena->views(ArenaBuffer::ema);
    const torch::Tensor one = unet->forward(weights, golden.tensor("x"), torch::full({1}, 500.0), golden.tensor("context"));
    const torch::Tensor both = unet->forward(weights, golden.tensor("x"), torch::full({2}, 500, torch::kInt64), golden.tensor("context"));
    COMPARE_WITHIN("one time", one, both, unet_limit);
  }

  void rejectsWrongShapes() {
    const auto unet = golden_unet("unet_scratch");
    const auto arena = golden_arena("unet_scratch", unet->layout());
    const torch::Tensor x = torch::zeros({2, 4, 16, 12}), t = torch::zeros({2}), context = torch::zeros({2, 9, 20});
    const Weights& weights = arena->leaves();
    QVERIFY_EXCEPTION_THROWN(unet->forward(weights, torch::zeros({2, 3, 16, 12}), t, context), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(unet->forward(weights, torch::zeros({2, 4, 14, 12}), t, context), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(unet->forward(weights, x, torch::zeros({3}), context), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(unet->forward(weights, x, t, torch::zeros({2, 9, 21})), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(unet->forward(weights, x, t, context, {.context_mask_BL = torch::ones({2, 8})}), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(unet->forward({}, x, t, context), std::invalid_argument);
  }

 private:
  static void each_model_and_memory() {
    QTest::addColumn<QByteArray>("model");
    QTest::addColumn<bool>("channels_last");
    for (const char* model : models) {
      QTest::addRow("%s contiguous", model) << QByteArray(model) << false;
      QTest::addRow("%s channels_last", model) << QByteArray(model) << true;
    }
  }
};

DARKROOM_TEST(UNetTest);
#include "unet_test.moc"
