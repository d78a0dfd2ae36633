// SPDX-License-Identifier: Apache-2.0
// The models of tests/parity/make_lora_goldens.py, and files of a test's own.
#pragma once

#include <ATen/Parallel.h>

#include <QTemporaryDir>
#include <fstream>

#include "core/base/format.h"
#include "core/base/json.h"
#include "core/checkpoint/safetensors.h"
#include "core/lora/lora_merge.h"
#include "core/nn/clip_text.h"
#include "core/nn/unet.h"
#include "tests/test_registry.h"

namespace darkroom::test {

inline std::filesystem::path golden_path(const std::string& name) { return std::filesystem::path(DARKROOM_TEST_DATA) / "golden" / name; }

inline std::unique_ptr<UNetModel> golden_unet() {
  return make_unet(unet_config_from_json(read_json_file(golden_path("unet/config.json")), "unet"));
}

inline std::unique_ptr<ClipText> golden_text() {
  return std::make_unique<ClipText>(clip_text_config_from_json(read_json_file(golden_path("text_encoder/config.json")), "text_encoder"));
}

/// Two layers of the UNet as kohya names them.
inline const std::string linear_name = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k";
inline const std::string convolution_name = "lora_unet_mid_block_resnets_0_conv1";

/// base_values of make_lora_goldens.py, for every slot.
inline Weights base_weights(const ParameterLayout& layout) {
  at::set_num_threads(1);  // as when the goldens were made
  Weights weights;
  for (const ParameterSlot& slot : layout.all_slots()) {
    int64_t start = 0;
    for (const char c : slot.name) {
      start += 11 * static_cast<unsigned char>(c);
    }
    const torch::Tensor index = at::arange(slot.numel, torch::kInt64);
    weights.push_back((((index * 37 + start).remainder(401) - 200).to(torch::kDouble) / 1600).to(torch::kFloat32).view(slot.shape));
  }
  return weights;
}

inline double max_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return a.sizes() == b.sizes() ? (a.to(torch::kDouble) - b.to(torch::kDouble)).abs().max().item<double>()
                                : std::numeric_limits<double>::infinity();
}

/// What the function throws as Error{bad_input}; empty when it throws nothing.
template <typename Function>
std::string refusal(const Function& function) {
  try {
    function();
  } catch (const Error& error) {
    return error.code() == ErrorCode::bad_input || error.code() == ErrorCode::not_found ? error.what()
                                                                                        : format("another code: {}", error.what());
  }
  return {};
}

/// A folder that ends with the test, and the files that it writes there.
class LoraFolder {
 public:
  std::filesystem::path at(const std::string& name) const { return std::filesystem::path(folder_.path().toStdString()) / name; }
  std::filesystem::path write(const std::vector<NamedTensor>& tensors, const std::map<std::string, std::string>& metadata = {},
                              const std::string& name = "test.safetensors") const {
    write_safetensors(at(name), tensors, metadata);
    return at(name);
  }

 private:
  QTemporaryDir folder_;
};

}  // namespace darkroom::test

/// The refusal names the file and holds the given words.
#define VERIFY_REFUSED(path, words, ...)                                                                             \
  do {                                                                                                               \
    const std::string text = darkroom::test::refusal([&] { __VA_ARGS__; });                                          \
    QVERIFY2(text.starts_with((path).string()) && text.find(words) != std::string::npos, ("says: " + text).c_str()); \
  } while (false)
