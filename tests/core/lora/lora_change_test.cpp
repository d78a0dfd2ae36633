// SPDX-License-Identifier: Apache-2.0
#include "core/lora/lora_change.h"

#include "tests/core/lora/lora_fixture.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

constexpr double change_limit = 1e-6;
struct TinyModel {
  ParameterLayout layout;
  int linear = layout.add("mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight", {4, 6}, ParameterInit::zeros);
  int convolution = layout.add("mid_block.resnets.0.conv1.weight", {4, 6, 3, 3}, ParameterInit::zeros);
  int bias = layout.add("mid_block.resnets.0.conv1.bias", {4}, ParameterInit::zeros);

  Weights weights(bool channels_last = false) const {
    at::manual_seed(7);
    Weights weights;
    for (const ParameterSlot& slot : layout.all_slots()) {
      const torch::Tensor weight = torch::randn(slot.shape);
      weights.push_back(channels_last && weight.dim() == 4 ? weight.contiguous(at::MemoryFormat::ChannelsLast) : weight);
    }
    return weights;
  }
  Weights merge(const LoraFile& file, const Weights& weights, double scale = 1) const {
    return merge_loras(weights, layout, LoraPart::unet, std::vector<LoraShare>{{&file, scale}}).weights;
  }
};

NamedTensor linear(const std::string& end, const torch::Tensor& tensor) { return {linear_name + end, tensor}; }
NamedTensor convolution(const std::string& end, const torch::Tensor& tensor) { return {convolution_name + end, tensor}; }

torch::Tensor row(const std::vector<float>& values) { return torch::tensor(values).view({1, -1}); }
torch::Tensor column(const std::vector<float>& values) { return torch::tensor(values).view({-1, 1}); }

}  // namespace

class LoraChangeTest : public QObject {
  Q_OBJECT

 private slots:
  void init() {
    at::manual_seed(3);
    folder_ = std::make_unique<LoraFolder>();
  }

  void mergesAsLycorisDoes_data() {
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<double>("scale");
    QTest::newRow("LoHa: linear, convolutions, Tucker, rank-stabilized") << QByteArray("loha") << 0.8;
    QTest::newRow("LoKr: whole and factored, convolutions, Tucker, CompVis names") << QByteArray("lokr") << -0.6;
    QTest::newRow("DoRA of LoRA, LoHa and LoKr, by rows and by columns") << QByteArray("dora") << 1.0;
    QTest::newRow("differences of weights, biases and norms, LoHa beside them") << QByteArray("differences") << 0.7;
  }
  void mergesAsLycorisDoes() {
    QFETCH(QByteArray, name);
    QFETCH(double, scale);
    const LoraFile file(golden_path(name.toStdString() + ".safetensors"));
    QVERIFY(file.unknown().empty());
    const SafetensorsFile golden(golden_path("merged_" + name.toStdString() + ".safetensors"));
    const auto unet = golden_unet();
    const auto text = golden_text();
    size_t compared = 0;
    for (const bool channels_last : {false, true}) {
      compared += compare(file, scale, golden, unet->layout(), LoraPart::unet, "unet.", channels_last);
      compared += compare(file, scale, golden, text->layout(), LoraPart::text_encoder, "text_encoder.", channels_last);
    }
    QCOMPARE(compared, 2 * golden.tensors().size());
  }

  void lohaByHand() {
    // [1 2 0 1]ᵀ·[1 0 1 0 2 0] and [1 1 3 0]ᵀ·[2 5 0 0 1 0], element by element, times alpha / rank = 2 and the scale 0.5.
    const TinyModel model;
    const LoraFile file(folder_->write({linear(".hada_w1_a", column({1, 2, 0, 1})), linear(".hada_w1_b", row({1, 0, 1, 0, 2, 0})),
                                        linear(".hada_w2_a", column({1, 1, 3, 0})), linear(".hada_w2_b", row({2, 5, 0, 0, 1, 0})),
                                        linear(".alpha", torch::tensor(2.0F))}));
    const Weights weights = model.weights();
    const torch::Tensor change = torch::tensor({{2.0F, 0.0F, 0.0F, 0.0F, 2.0F, 0.0F},
                                                {4.0F, 0.0F, 0.0F, 0.0F, 4.0F, 0.0F},
                                                {0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F},
                                                {0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F}});
    QVERIFY(max_difference(model.merge(file, weights, 0.5)[0], weights[0] + change) <= change_limit);
  }

  void lokrByHand() {
    // The small matrix says how the large one is repeated: [[1 0 2] [0 -1 0]] ⊗ [[3 4] [5 6]].
    const TinyModel model;
    const LoraFile file(folder_->write({linear(".lokr_w1", torch::tensor({{1.0F, 0.0F, 2.0F}, {0.0F, -1.0F, 0.0F}})),
                                        linear(".lokr_w2", torch::tensor({{3.0F, 4.0F}, {5.0F, 6.0F}})),
                                        linear(".alpha", torch::tensor(64.0F))}));  // has no meaning where nothing is factored
    const Weights weights = model.weights();
    const torch::Tensor change = torch::tensor({{3.0F, 4.0F, 0.0F, 0.0F, 6.0F, 8.0F},
                                                {5.0F, 6.0F, 0.0F, 0.0F, 10.0F, 12.0F},
                                                {0.0F, 0.0F, -3.0F, -4.0F, 0.0F, 0.0F},
                                                {0.0F, 0.0F, -5.0F, -6.0F, 0.0F, 0.0F}});
    QVERIFY(max_difference(model.merge(file, weights)[0], weights[0] + change) <= change_limit);
  }

  void aSecondFactorMayCutThroughKernels() {
    // ComfyUI's own trainer factors I·K·K = 54 as 6 x 9 or 2 x 27, whatever the kernel.
    const TinyModel model;
    for (const auto& [c, e] : {std::pair(6, 9), std::pair(27, 2)}) {
      const torch::Tensor w1 = torch::randn({2, c});
      const torch::Tensor w2 = torch::randn({2, e});
      const LoraFile file(folder_->write({convolution(".lokr_w1", w1), convolution(".lokr_w2", w2)}));
      for (const bool channels_last : {false, true}) {
        const Weights weights = model.weights(channels_last);
        const torch::Tensor expected = weights[1] + at::kron(w1, w2).view({4, 6, 3, 3});
        const torch::Tensor merged = model.merge(file, weights)[1];
        QVERIFY(max_difference(merged, expected) <= change_limit);
        QCOMPARE(merged.strides().vec(), weights[1].strides().vec());
      }
    }
  }

  void doraGivesRowsOrColumnsTheirLengths_data() {
    QTest::addColumn<bool>("of_rows");
    QTest::newRow("rows") << true;
    QTest::newRow("columns") << false;
  }
  void doraGivesRowsOrColumnsTheirLengths() {
    QFETCH(bool, of_rows);
    const TinyModel model;
    const torch::Tensor lengths = of_rows ? torch::rand({4, 1, 1, 1}) + 0.5 : torch::rand({1, 6, 1, 1}) + 0.5;
    const LoraFile file(folder_->write({convolution(".lora_down.weight", torch::randn({2, 6, 3, 3})),
                                        convolution(".lora_up.weight", torch::randn({4, 2, 1, 1})), convolution(".dora_scale", lengths)}));
    for (const bool channels_last : {false, true}) {
      const Weights weights = model.weights(channels_last);
      const torch::Tensor whole = model.merge(file, weights)[1];
      const std::vector<int64_t> others = of_rows ? std::vector<int64_t>{1, 2, 3} : std::vector<int64_t>{0, 2, 3};
      QVERIFY(max_difference(at::linalg_vector_norm(whole, 2, others, true), lengths) <= change_limit);
      // A scale goes that share of the way; 0 is no way at all.
      const torch::Tensor part = model.merge(file, weights, 0.25)[1];
      QVERIFY(max_difference(part, weights[1] + 0.25 * (whole - weights[1])) <= change_limit);
      QVERIFY(at::equal(model.merge(file, weights, 0)[1], weights[1]));
    }
  }

  void doraOfARowOfZerosStaysFinite() {
    const TinyModel model;
    Weights weights = model.weights();
    weights[0].zero_();
    const LoraFile file(folder_->write({linear(".lora_down.weight", torch::zeros({2, 6})), linear(".lora_up.weight", torch::zeros({4, 2})),
                                        linear(".dora_scale", torch::ones({4, 1}))}));
    QVERIFY(at::equal(model.merge(file, weights)[0], torch::zeros({4, 6})));
  }

  void twoDorasFollowEachOther() {
    // The second one starts from what the first has left.
    const TinyModel model;
    const auto write = [&](const std::string& name) {
      return folder_->write({linear(".lora_down.weight", torch::randn({2, 6})), linear(".lora_up.weight", torch::randn({4, 2})),
                             linear(".dora_scale", torch::rand({4, 1}) + 1)},
                            {}, name);
    };
    const LoraFile first(write("first.safetensors"));
    const LoraFile second(write("second.safetensors"));
    const Weights weights = model.weights();
    const LoraMerge both = merge_loras(weights, model.layout, LoraPart::unet, std::vector<LoraShare>{{&first, 0.5}, {&second, 0.75}});
    QVERIFY(max_difference(both.weights[0], model.merge(second, model.merge(first, weights, 0.5), 0.75)[0]) <= change_limit);
  }

  void unloadingGivesTheSameBitsAgain_data() {
    QTest::addColumn<QByteArray>("name");
    for (const char* name : {"loha", "lokr", "dora", "differences"}) {
      QTest::newRow(name) << QByteArray(name);
    }
  }
  void unloadingGivesTheSameBitsAgain() {
    // The given weights are what is gone on with, so they must not have moved in any bit, also where nothing had to be converted.
    QFETCH(QByteArray, name);
    const LoraFile file(golden_path(name.toStdString() + ".safetensors"));
    const auto unet = golden_unet();
    for (const torch::ScalarType dtype : {torch::kFloat32, torch::kHalf}) {
      Weights weights;
      Weights before;
      for (const torch::Tensor& tensor : base_weights(unet->layout())) {
        weights.push_back(tensor.to(dtype));
        before.push_back(weights.back().clone());
      }
      const LoraMerge merge = merge_loras(weights, unet->layout(), LoraPart::unet, std::vector<LoraShare>{{&file, 1.3}});
      QVERIFY(!merge.touched.empty());
      for (size_t i = 0; i < weights.size(); ++i) {
        QVERIFY(at::equal(weights[i], before[i]));
      }
      for (const int slot : merge.touched) {
        const auto i = static_cast<size_t>(slot);
        QVERIFY(!at::equal(merge.weights[i], before[i]) && !merge.weights[i].is_alias_of(weights[i]));
        QCOMPARE(merge.weights[i].scalar_type(), dtype);
      }
    }
  }

  void refusesWhatFitsNoParameter_data() {
    QTest::addColumn<QByteArray>("words");
    QTest::addColumn<int>("index");
    for (size_t i = 0; i < misfits().size(); ++i) {
      QTest::newRow(misfits()[i].first) << QByteArray(misfits()[i].first) << static_cast<int>(i);
    }
  }
  void refusesWhatFitsNoParameter() {
    QFETCH(QByteArray, words);
    QFETCH(int, index);
    const TinyModel model;
    const std::filesystem::path path = folder_->write(misfits()[static_cast<size_t>(index)].second);
    const LoraFile file(path);
    VERIFY_REFUSED(path, words.toStdString(), lora_targets(file, model.layout, LoraPart::unet));
  }

  void refusesNumbersThatAreNoneInAnyTensor() {
    const TinyModel model;
    const std::vector<std::string> ends = {".hada_w1_a", ".hada_w1_b", ".hada_w2_a", ".hada_w2_b", ".dora_scale"};
    for (const std::string& bad : ends) {
      std::vector<NamedTensor> tensors = {linear(".hada_w1_a", torch::ones({4, 1})), linear(".hada_w1_b", torch::ones({1, 6})),
                                          linear(".hada_w2_a", torch::ones({4, 1})), linear(".hada_w2_b", torch::ones({1, 6})),
                                          linear(".dora_scale", torch::ones({4, 1}))};
      for (NamedTensor& tensor : tensors) {
        if (tensor.name.ends_with(bad)) {
          tensor.tensor[0][0] = std::numeric_limits<float>::quiet_NaN();
        }
      }
      const std::filesystem::path path = folder_->write(tensors);
      const LoraFile file(path);
      VERIFY_REFUSED(path, bad + " holds a NaN or an infinity", model.merge(file, model.weights()));
    }
  }

  void hugeNumbersAreStillNumbers() {
    // Their sum is infinite, but none of them is.
    const TinyModel model;
    const LoraFile file(folder_->write({linear(".diff", torch::full({4, 6}, 3e38F))}));
    Weights weights = model.weights();
    weights[0].zero_();
    QVERIFY(at::equal(model.merge(file, weights)[0], torch::full({4, 6}, 3e38F)));
  }

 private:
  using Misfit = std::pair<const char*, std::vector<NamedTensor>>;
  static const std::vector<Misfit>& misfits() {
    static const std::vector<Misfit> files = {
        {"attn2_to_k is for [4,5], but mid_block", {linear(".lokr_w1", torch::ones({2, 1})), linear(".lokr_w2", torch::ones({2, 5}))}},
        {"conv1 is for [4,53], but mid_block",
         {convolution(".hada_w1_a", torch::ones({4, 1})), convolution(".hada_w1_b", torch::ones({1, 53})),
          convolution(".hada_w2_a", torch::ones({4, 1})), convolution(".hada_w2_b", torch::ones({1, 53}))}},
        {"conv1 is for [4,54], but mid_block",  // LoRA's matrices always tell the kernel
         {convolution(".lora_down.weight", torch::ones({1, 54})), convolution(".lora_up.weight", torch::ones({4, 1}))}},
        {"the bias of mid_block_attentions_0_transformer_blocks_0_attn2_to_k is not in the model", {linear(".diff_b", torch::ones({4}))}},
        {"conv1 is for [5], but mid_block.resnets.0.conv1.bias is [4]", {convolution(".diff_b", torch::ones({5}))}},
        {".dora_scale is [6,1], expected the lengths of the rows or the columns of",
         {linear(".lora_down.weight", torch::ones({1, 6})), linear(".lora_up.weight", torch::ones({4, 1})),
          linear(".dora_scale", torch::ones({6, 1}))}},
        {".dora_scale is [4,6], expected",
         {linear(".lora_down.weight", torch::ones({1, 6})), linear(".lora_up.weight", torch::ones({4, 1})),
          linear(".dora_scale", torch::ones({4, 6}))}}};
    return files;
  }

  // Every weight against the golden's, which holds those that changed; how many those were.
  static size_t compare(const LoraFile& file, double scale, const SafetensorsFile& golden, const ParameterLayout& layout, LoraPart part,
                        const std::string& prefix, bool channels_last) {
    Weights weights = base_weights(layout);
    for (torch::Tensor& tensor : weights) {
      tensor = channels_last && tensor.dim() == 4 ? tensor.contiguous(at::MemoryFormat::ChannelsLast) : tensor;
    }
    const LoraMerge merge = merge_loras(weights, layout, part, std::vector<LoraShare>{{&file, scale}});
    double worst = 0;
    size_t changed = 0;
    for (int i = 0; i < layout.size(); ++i) {
      const auto slot = static_cast<size_t>(i);
      const std::string name = prefix + layout.slot(i).name;
      const bool is_changed = golden.contains(name);
      const double difference = max_difference(merge.weights[slot], is_changed ? golden.tensor(name) : weights[slot]);
      changed += is_changed && difference <= change_limit ? 1 : 0;
      worst = std::max(worst, difference);
    }
    qInfo("%s%zu weights agree, max |difference| %.3g", prefix.c_str(), changed, worst);
    return worst <= change_limit && merge.touched.size() == changed ? changed : 0;
  }

  std::unique_ptr<LoraFolder> folder_;
};

DARKROOM_TEST(LoraChangeTest);
#include "lora_change_test.moc"
