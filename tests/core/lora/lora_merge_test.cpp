// SPDX-License-Identifier: Apache-2.0
#include "core/lora/lora_merge.h"

#include "tests/core/lora/lora_fixture.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

constexpr double merge_limit = 1e-6;

struct SmallModel {
  ParameterLayout layout;
  int linear = layout.add("mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight", {3, 4}, ParameterInit::zeros);
  int convolution = layout.add("mid_block.resnets.0.conv1.weight", {3, 4, 3, 3}, ParameterInit::zeros);
  int pointwise = layout.add("mid_block.attentions.0.proj_in.weight", {3, 4, 1, 1}, ParameterInit::zeros);
  int bias = layout.add("mid_block.resnets.0.conv1.bias", {3}, ParameterInit::zeros);

  Weights weights() const {
    at::manual_seed(7);
    Weights weights;
    for (const ParameterSlot& slot : layout.all_slots()) {
      weights.push_back(torch::randn(slot.shape));
    }
    return weights;
  }
};

std::vector<NamedTensor> linear_lora(const torch::Tensor& down, const torch::Tensor& up) {
  return {{linear_name + ".lora_down.weight", down}, {linear_name + ".lora_up.weight", up}};
}

torch::Tensor copy_of(const torch::Tensor& tensor) { return tensor.clone(at::MemoryFormat::Preserve); }

}  // namespace

class LoraMergeTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { folder_ = std::make_unique<LoraFolder>(); }

  void mergesAsThePeersDo_data() {
    QTest::addColumn<QByteArray>("merged");
    QTest::addColumn<QList<QByteArray>>("files");
    QTest::addColumn<QList<double>>("scales");
    QTest::newRow("kohya") << QByteArray("kohya") << QList<QByteArray>{"kohya.safetensors"} << QList<double>{1};
    QTest::newRow("kohya, CompVis names, convolutions")
        << QByteArray("kohya_compvis") << QList<QByteArray>{"kohya_compvis.safetensors"} << QList<double>{0.6};
    QTest::newRow("old diffusers, negative scale")
        << QByteArray("diffusers_old") << QList<QByteArray>{"diffusers_old.safetensors"} << QList<double>{-0.5};
    QTest::newRow("peft with alphas in the header") << QByteArray("peft") << QList<QByteArray>{"peft.safetensors"} << QList<double>{1};
    QTest::newRow("peft without alphas") << QByteArray("peft_plain") << QList<QByteArray>{"peft_plain.safetensors"} << QList<double>{1.25};
    QTest::newRow("peft's own folder, rank-stabilized")
        << QByteArray("peft_folder") << QList<QByteArray>{"peft_folder/adapter_model.safetensors"} << QList<double>{1};
    QTest::newRow("two at once") << QByteArray("two") << QList<QByteArray>{"kohya.safetensors", "peft_plain.safetensors"}
                                 << QList<double>{0.7, -0.4};
  }
  void mergesAsThePeersDo() {
    QFETCH(QByteArray, merged);
    QFETCH(QList<QByteArray>, files);
    QFETCH(QList<double>, scales);
    std::vector<std::unique_ptr<LoraFile>> opened;
    std::vector<LoraShare> uses;
    for (qsizetype i = 0; i < files.size(); ++i) {
      opened.push_back(std::make_unique<LoraFile>(golden_path(files[i].toStdString())));
      uses.push_back({opened.back().get(), scales[i]});
    }
    const SafetensorsFile golden(golden_path("merged_" + merged.toStdString() + ".safetensors"));
    const auto unet = golden_unet();
    const auto text = golden_text();
    size_t compared = 0;
    compare_part(golden, unet->layout(), LoraPart::unet, "unet.", uses, compared);
    compare_part(golden, text->layout(), LoraPart::text_encoder, "text_encoder.", uses, compared);
    QCOMPARE(compared, golden.tensors().size());
  }

  void oneLayerByHand() {
    // up = [1 2 3]ᵀ, down = [1 0 -1 2], alpha / rank = 3 / 1, scale = 2: each product is taken six times.
    const SmallModel model;
    const Weights weights = model.weights();
    std::vector<NamedTensor> tensors = linear_lora(torch::tensor({{1.0F, 0.0F, -1.0F, 2.0F}}), torch::tensor({{1.0F}, {2.0F}, {3.0F}}));
    tensors.push_back({linear_name + ".alpha", torch::tensor(3.0F)});
    const LoraFile file(folder_->write(tensors));
    const LoraMerge merge = merge_loras(weights, model.layout, LoraPart::unet, std::vector<LoraShare>{{&file, 2.0}});
    const torch::Tensor change = torch::tensor({{6.0F, 0.0F, -6.0F, 12.0F}, {12.0F, 0.0F, -12.0F, 24.0F}, {18.0F, 0.0F, -18.0F, 36.0F}});
    QVERIFY(max_difference(merge.weights[0], weights[0] + change) <= 1e-5);
    QCOMPARE(merge.touched, std::vector<int>{model.linear});
  }

  void convolutionsActAsTheirChain_data() { each_memory(); }
  void convolutionsActAsTheirChain() {
    // (W' - W) * x is x through down, mid and up as convolutions of their own.
    QFETCH(bool, channels_last);
    QFETCH(bool, tucker);
    const SmallModel model;
    Weights weights = model.weights();
    if (channels_last) {
      weights[1] = weights[1].contiguous(at::MemoryFormat::ChannelsLast);
    }
    const torch::Tensor down = tucker ? torch::randn({2, 4, 1, 1}) : torch::randn({2, 4, 3, 3});
    const torch::Tensor mid = torch::randn({5, 2, 3, 3});
    const torch::Tensor up = torch::randn({3, tucker ? 5 : 2, 1, 1});
    std::vector<NamedTensor> tensors = {{convolution_name + ".lora_down.weight", down}, {convolution_name + ".lora_up.weight", up}};
    if (tucker) {
      tensors.push_back({convolution_name + ".lora_mid.weight", mid});
    }
    const LoraFile file(folder_->write(tensors));
    const LoraMerge merge = merge_loras(weights, model.layout, LoraPart::unet, std::vector<LoraShare>{{&file, 1.0}});
    const torch::Tensor x = torch::randn({1, 4, 6, 5});
    const torch::Tensor inner = tucker ? at::conv2d(at::conv2d(x, down), mid, {}, 1, 1) : at::conv2d(x, down, {}, 1, 1);
    const torch::Tensor expected = at::conv2d(x, weights[1], {}, 1, 1) + at::conv2d(inner, up);
    QVERIFY(max_difference(at::conv2d(x, merge.weights[1], {}, 1, 1), expected) <= 2e-5);
    QCOMPARE(merge.weights[1].strides().vec(), weights[1].strides().vec());
  }

  void matricesAndPointwiseConvolutionsAreTheSameLayer() {
    const SmallModel model;
    Weights weights = model.weights();
    weights[2] = weights[2].contiguous(at::MemoryFormat::ChannelsLast);
    const torch::Tensor down = torch::randn({2, 4});
    const torch::Tensor up = torch::randn({3, 2});
    const std::string pointwise = "lora_unet_mid_block_attentions_0_proj_in";
    const LoraFile file(folder_->write({{pointwise + ".lora_down.weight", down},
                                        {pointwise + ".lora_up.weight", up},
                                        {linear_name + ".lora_down.weight", down.view({2, 4, 1, 1})},
                                        {linear_name + ".lora_up.weight", up.view({3, 2, 1, 1})}}));
    const LoraMerge merge = merge_loras(weights, model.layout, LoraPart::unet, std::vector<LoraShare>{{&file, 1.0}});
    const torch::Tensor change = at::mm(up, down);
    QVERIFY(max_difference(merge.weights[0], weights[0] + change) <= merge_limit);
    QVERIFY(max_difference(merge.weights[2], weights[2] + change.view({3, 4, 1, 1})) <= merge_limit);
  }

  void theGivenWeightsStayAsTheyWere() {
    const SmallModel model;
    const Weights weights = model.weights();
    Weights before;
    for (const torch::Tensor& tensor : weights) {
      before.push_back(copy_of(tensor));
    }
    const LoraFile file(folder_->write(linear_lora(torch::randn({2, 4}), torch::randn({3, 2}))));
    const LoraMerge merge = merge_loras(weights, model.layout, LoraPart::unet, std::vector<LoraShare>{{&file, 0.9}});
    for (size_t i = 0; i < weights.size(); ++i) {
      QVERIFY(at::equal(weights[i], before[i]));
      const bool touched = static_cast<int>(i) == model.linear;
      QCOMPARE(merge.weights[i].is_same(weights[i]), !touched);
      QVERIFY(!touched || merge.weights[i].data_ptr() != weights[i].data_ptr());
    }
    QVERIFY(!at::equal(merge.weights[0], weights[0]));
  }

  void aScaleOfZeroTouchesNothing() {
    const SmallModel model;
    const Weights weights = model.weights();
    const LoraFile file(folder_->write(linear_lora(torch::randn({2, 4}), torch::randn({3, 2}))));
    const LoraMerge merge = merge_loras(weights, model.layout, LoraPart::unet, std::vector<LoraShare>{{&file, 0.0}});
    QVERIFY(merge.touched.empty() && merge.weights[0].is_same(weights[0]));
    QVERIFY(merge_loras(weights, model.layout, LoraPart::unet, {}).touched.empty());
    QVERIFY(merge_loras(weights, model.layout, LoraPart::text_encoder, std::vector<LoraShare>{{&file, 1.0}}).touched.empty());
  }

  void lowPrecisionIsRoundedOnce_data() {
    QTest::addColumn<int>("dtype");
    QTest::newRow("bf16") << static_cast<int>(torch::kBFloat16);
    QTest::newRow("fp16") << static_cast<int>(torch::kHalf);
  }
  void lowPrecisionIsRoundedOnce() {
    QFETCH(int, dtype);
    const auto type = static_cast<torch::ScalarType>(dtype);
    const SmallModel model;
    Weights weights = model.weights();
    for (torch::Tensor& tensor : weights) {
      tensor = tensor.to(type);
    }
    // Each alone is less than half a step of bf16 at 256; together they are more.
    weights[0] = torch::full({3, 4}, 256.0).to(type);
    const LoraFile file(folder_->write(linear_lora(torch::full({1, 4}, 0.75F), torch::ones({3, 1}))));
    const LoraMerge merge = merge_loras(weights, model.layout, LoraPart::unet, std::vector<LoraShare>{{&file, 1.0}, {&file, 1.0}});
    QCOMPARE(merge.weights[0].scalar_type(), type);
    QVERIFY(at::equal(merge.weights[0], torch::full({3, 4}, 257.5).to(type)));
    QVERIFY(!at::equal(merge.weights[0], weights[0]));
    // Computed in fp32, the file's dtype rounds nothing.
    const std::vector<LoraShare> once{{&file, 1.0}};
    const LoraMerge wide = merge_loras(weights, model.layout, LoraPart::unet, once, torch::kFloat32);
    QVERIFY(at::equal(wide.weights[0], torch::full({3, 4}, 256.75)));
    QVERIFY(wide.weights[1].is_same(weights[1]));
  }

  void ordersGiveTheSumInThatOrder() {
    // 1e8 - 1e8 + 1 is 1, but 1 + 1e8 - 1e8 is 0 in fp32.
    const SmallModel model;
    Weights weights = model.weights();
    weights[0].zero_();
    const LoraFile large(folder_->write(linear_lora(torch::full({1, 4}, 1e8F), torch::ones({3, 1})), {}, "large.safetensors"));
    const LoraFile one(folder_->write(linear_lora(torch::ones({1, 4}), torch::ones({3, 1})), {}, "one.safetensors"));
    const auto merged = [&](std::vector<LoraShare> uses) { return merge_loras(weights, model.layout, LoraPart::unet, uses).weights[0]; };
    QVERIFY(at::equal(merged({{&large, 1}, {&large, -1}, {&one, 1}}), torch::ones({3, 4})));
    QVERIFY(at::equal(merged({{&one, 1}, {&large, 1}, {&large, -1}}), torch::zeros({3, 4})));
  }

  void refusesOtherFamiliesByWhatItSees() {
    const std::unique_ptr<UNetModel> unet = make_unet(sd15_unet_config());
    const std::string stem = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k";
    for (const auto& [width, family] : {std::pair(1024, "SD 2.x"), std::pair(2048, "SDXL")}) {
      const std::filesystem::path path =
          folder_->write({{stem + ".lora_down.weight", torch::zeros({2, width})}, {stem + ".lora_up.weight", torch::zeros({640, 2})}});
      const LoraFile file(path);
      const std::string text = refusal([&] { lora_targets(file, unet->layout(), LoraPart::unet); });
      QVERIFY2(text.find(format("{} wide, as in {}", width, family)) != std::string::npos, text.c_str());
      QVERIFY2(text.find(format("is for [640,{}]", width)) != std::string::npos && text.find("is [640,768]") != std::string::npos,
               text.c_str());
    }
  }

  void refusesLayersThatTheModelLacksAndDoubles() {
    const SmallModel model;
    std::vector<NamedTensor> tensors = linear_lora(torch::zeros({2, 4}), torch::zeros({3, 2}));
    tensors.push_back({"unet.nowhere.lora_A.weight", torch::zeros({2, 4})});
    tensors.push_back({"unet.nowhere.lora_B.weight", torch::zeros({3, 2})});
    tensors.push_back({"unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight", torch::zeros({2, 4})});
    tensors.push_back({"unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k.lora_B.weight", torch::zeros({3, 2})});
    const std::filesystem::path path = folder_->write(tensors);
    const LoraFile file(path);
    VERIFY_REFUSED(path, "nowhere is not in the model", lora_targets(file, model.layout, LoraPart::unet));
    VERIFY_REFUSED(path, "are both mid_block", lora_targets(file, model.layout, LoraPart::unet));
  }

  void refusesNumbersThatAreNone() {
    const SmallModel model;
    const Weights weights = model.weights();
    for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
      torch::Tensor up = torch::zeros({3, 2}, torch::kHalf);
      up[2][1] = bad;
      const std::filesystem::path path = folder_->write(linear_lora(torch::zeros({2, 4}, torch::kHalf), up));
      const LoraFile file(path);
      VERIFY_REFUSED(path, "lora_up.weight holds a NaN or an infinity",
                     merge_loras(weights, model.layout, LoraPart::unet, std::vector<LoraShare>{{&file, 1.0}}));
    }
  }

  void rejectsBrokenContracts() {
    const SmallModel model;
    Weights weights = model.weights();
    const LoraFile file(folder_->write(linear_lora(torch::zeros({2, 4}), torch::zeros({3, 2}))));
    const auto merge = [&](LoraShare use) { merge_loras(weights, model.layout, LoraPart::unet, std::vector<LoraShare>{use}); };
    QVERIFY_EXCEPTION_THROWN(merge({nullptr, 1.0}), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(merge({&file, std::nan("")}), std::invalid_argument);
    weights[0] = torch::zeros({4, 3});
    QVERIFY_EXCEPTION_THROWN(merge({&file, 1.0}), std::invalid_argument);
    weights.pop_back();
    QVERIFY_EXCEPTION_THROWN(merge({&file, 1.0}), std::invalid_argument);
  }

 private:
  static void each_memory() {
    QTest::addColumn<bool>("channels_last");
    QTest::addColumn<bool>("tucker");
    QTest::newRow("contiguous") << false << false;
    QTest::newRow("channels_last") << true << false;
    QTest::newRow("contiguous, Tucker") << false << true;
    QTest::newRow("channels_last, Tucker") << true << true;
  }

  // Every weight against the golden's, which holds those that changed. QVERIFY2 returns: `compared` then stays behind.
  static void compare_part(const SafetensorsFile& golden, const ParameterLayout& layout, LoraPart part, const std::string& prefix,
                           const std::vector<LoraShare>& uses, size_t& compared) {
    const Weights base = base_weights(layout);
    for (const bool channels_last : {false, true}) {
      Weights given = base;
      for (torch::Tensor& tensor : given) {
        if (channels_last && tensor.dim() == 4) {
          tensor = tensor.contiguous(at::MemoryFormat::ChannelsLast);
        }
      }
      const LoraMerge merge = merge_loras(given, layout, part, uses);
      double worst = 0;
      size_t changed = 0;
      for (int i = 0; i < layout.size(); ++i) {
        const std::string name = prefix + layout.slot(i).name;
        const bool is_changed = golden.contains(name);
        worst = std::max(
            worst, max_difference(merge.weights[static_cast<size_t>(i)], is_changed ? golden.tensor(name) : base[static_cast<size_t>(i)]));
        changed += is_changed ? 1 : 0;
      }
      QCOMPARE(merge.touched.size(), changed);
      QVERIFY2(worst <= merge_limit, format("{}max |difference| {:.3g} > {:.3g}", prefix, worst, merge_limit).c_str());
      qInfo("%s%zu weights changed, max |difference| %.3g", prefix.c_str(), changed, worst);
      compared += channels_last ? 0 : changed;
    }
  }

  std::unique_ptr<LoraFolder> folder_;
};

DARKROOM_TEST(LoraMergeTest);
#include "lora_merge_test.moc"
