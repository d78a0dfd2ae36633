// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/weights_io.h"

#include <QTemporaryDir>
#include <fstream>

#include "core/base/format.h"
#include "core/tensor/parameter_arena.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using darkroom::test::error_of;
namespace fs = std::filesystem;

namespace {

ParameterLayout mixed_layout() {
  ParameterLayout layout;
  layout.add("mid.to_q.weight", {4, 3}, ParameterInit::uniform, 1.0);
  layout.add("conv.weight", {2, 3, 3, 3}, ParameterInit::uniform, 1.0);
  layout.add("conv.bias", {2}, ParameterInit::uniform, 1.0);
  return layout;
}

Weights random_weights(const ParameterLayout& layout) {
  Weights weights;
  for (int i = 0; i < layout.size(); ++i) {
    weights.push_back(torch::randn(layout.slot(i).shape));
  }
  return weights;
}

bool same(const Weights& a, const Weights& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const torch::Tensor& x, const torch::Tensor& y) { return at::equal(x, y); });
}

}  // namespace

class WeightsIoTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void weightsSurviveTheRoundTripInAnyMemoryFormat() {
    const ParameterLayout layout = mixed_layout();
    for (const ConvolutionMemory memory : {ConvolutionMemory::contiguous, ConvolutionMemory::channels_last}) {
      ParameterArena arena(layout, {torch::kCPU, torch::kFloat32, memory});
      arena.initialize(3);
      write_weights(layout, arena.views(ArenaBuffer::master), at("model.safetensors"), torch::kFloat32);
      const Weights read = read_weights(layout, folder(), torch::kFloat32, torch::kCPU);
      QVERIFY(same(read, arena.views(ArenaBuffer::master)));
      QVERIFY(read[1].is_contiguous());
    }
  }

  void readsInTheDtypeAskedFor() {
    const ParameterLayout layout = mixed_layout();
    const Weights weights = random_weights(layout);
    write_weights(layout, weights, at("model.safetensors"), torch::kBFloat16);
    const Weights read = read_weights(layout, at("model.safetensors"), torch::kFloat32, torch::kCPU);
    QVERIFY(read[0].scalar_type() == torch::kFloat32);
    QVERIFY(at::equal(read[0], weights[0].to(torch::kBFloat16).to(torch::kFloat32)));
  }

  void everythingWrongIsListedAtOnce() {
    const std::vector<NamedTensor> tensors = {{"conv.weight", torch::zeros({2, 3, 1, 1})},
                                              {"unet.conv.bias", torch::zeros({2})},
                                              {"mid.to_q.weight", torch::zeros({4, 3}, torch::kInt32)},
                                              {"other", torch::zeros({1})}};
    write_safetensors(at("model.safetensors"), tensors);
    const std::string text = error_of([&] { read_weights(mixed_layout(), folder(), torch::kFloat32, torch::kCPU); });
    for (const char* part : {"model.safetensors", "missing (1):\n  conv.bias", "not known (2):\n  other\n  unet.conv.bias",
                             "wrong (2):", "conv.weight is [2,3,1,1], expected [2,3,3,3]", "mid.to_q.weight is I32"}) {
      QVERIFY2(text.find(part) != std::string::npos, text.c_str());
    }
  }

  void onlyNamedAliasesAndIgnoredPrefixesAreTolerated() {
    const ParameterLayout layout = mixed_layout();
    const Weights weights = random_weights(layout);
    const std::vector<NamedTensor> tensors = {
        {"mid.query.weight", weights[0]}, {"conv.weight", weights[1]}, {"conv.bias", weights[2]}, {"vision_model.x", torch::ones({1})}};
    write_safetensors(at("model.safetensors"), tensors);
    QVERIFY_EXCEPTION_THROWN(read_weights(layout, folder(), torch::kFloat32, torch::kCPU), Error);
    const NameRules rules = {{{".query.", ".to_q."}}, {"vision_model."}};
    QVERIFY(same(read_weights(layout, folder(), torch::kFloat32, torch::kCPU, rules), weights));
  }

  void bothNamesOfOneParameterAreRefused() {
    const ParameterLayout layout = mixed_layout();
    const Weights weights = random_weights(layout);
    const std::vector<NamedTensor> tensors = {
        {"mid.query.weight", weights[0]}, {"mid.to_q.weight", weights[0]}, {"conv.weight", weights[1]}, {"conv.bias", weights[2]}};
    write_safetensors(at("model.safetensors"), tensors);
    const std::string text = error_of([&] { read_weights(layout, folder(), torch::kFloat32, torch::kCPU, {{{".query.", ".to_q."}}, {}}); });
    QVERIFY2(text.find("are both mid.to_q.weight") != std::string::npos, text.c_str());
  }

  void shardsAreReadByTheirIndex() {
    const ParameterLayout layout = mixed_layout();
    const Weights weights = random_weights(layout);
    write_shards(weights);
    write_index(R"({"metadata":{"total_size":1},"weight_map":{"mid.to_q.weight":"one.safetensors","conv.weight":"two.safetensors",
                  "conv.bias":"two.safetensors"}})");
    QVERIFY(same(read_weights(layout, folder(), torch::kFloat32, torch::kCPU), weights));
    QCOMPARE(weights_hash(WeightFiles(folder())), weights_hash(layout, weights));
  }

  void rejectsIndexesThatDisagreeWithTheirShards() {
    write_shards(random_weights(mixed_layout()));
    for (const char* index :
         {R"({"weight_map":{"mid.to_q.weight":"two.safetensors","conv.weight":"two.safetensors","conv.bias":"two.safetensors"}})",
          R"({"weight_map":{"mid.to_q.weight":"one.safetensors","conv.weight":"two.safetensors"}})",
          R"({"weight_map":{"mid.to_q.weight":"../one.safetensors"}})", R"({"weight_map":{"mid.to_q.weight":7}})",
          R"({"weight_map":{"mid.to_q.weight":"three.safetensors"}})", R"({"weight_map":[]})", R"([])"}) {
      write_index(index);
      QVERIFY2(!error_of([&] { WeightFiles{folder()}; }).empty(), index);
    }
  }

  void saysWhatItLookedFor() {
    const std::string text = error_of([&] { WeightFiles{folder()}; });
    QVERIFY2(text.find("diffusion_pytorch_model.safetensors") != std::string::npos, text.c_str());
  }

  void hashesFollowNamesShapesAndBytesOnly() {
    const ParameterLayout layout = mixed_layout();
    Weights weights = random_weights(layout);
    const std::string hash = weights_hash(layout, weights);
    QCOMPARE(hash.size(), size_t{32});
    weights[1] = weights[1].contiguous(at::MemoryFormat::ChannelsLast);
    QCOMPARE(weights_hash(layout, weights), hash);
    write_weights(layout, weights, at("model.safetensors"), torch::kFloat32, {{"note", "metadata does not count"}});
    QCOMPARE(weights_hash(WeightFiles(folder())), hash);
    weights[2] = weights[2] + 1;
    QVERIFY(weights_hash(layout, weights) != hash);
  }

 private:
  fs::path folder() const { return folder_->path().toStdString(); }
  fs::path at(const char* name) const { return folder() / name; }
  void write_index(const char* text) const { std::ofstream(at("model.safetensors.index.json")) << text; }
  void write_shards(const Weights& weights) const {
    const std::vector<NamedTensor> one = {{"mid.to_q.weight", weights[0]}};
    const std::vector<NamedTensor> two = {{"conv.weight", weights[1]}, {"conv.bias", weights[2]}};
    write_safetensors(at("one.safetensors"), one);
    write_safetensors(at("two.safetensors"), two);
  }
  std::unique_ptr<QTemporaryDir> folder_;
};

DARKROOM_TEST(WeightsIoTest);
#include "weights_io_test.moc"
