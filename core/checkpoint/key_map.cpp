// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/key_map.h"

#include <algorithm>
#include <array>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr std::array<std::string_view, 4> wrappers = {"module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"};

}  // namespace

std::string text_name_of_compvis(const std::string& name) {
  const bool oldest = name.starts_with("embeddings.") || name.starts_with("encoder.") || name.starts_with("final_layer_norm.");
  return oldest ? "text_model." + name : name;
}

std::string compvis_ema_name(const std::string& name) {
  std::string flat = "diffusion_model" + name;
  std::erase(flat, '.');
  return "model_ema." + flat;
}

std::string without_wrappers(const std::string& name) {
  std::string plain;
  bool front = true;
  for (size_t at = 0; at < name.size();) {
    const size_t end = std::min(name.find('.', at), name.size());
    const std::string_view word(name.data() + at, end - at);
    const bool last = end == name.size();
    const bool dropped = !last && (std::find(wrappers.begin(), wrappers.end(), word) != wrappers.end() || (front && word == "unet"));
    if (!dropped) {
      plain += format("{}{}", plain.empty() ? "" : ".", word);
      front = false;
    }
    at = end + 1;
  }
  return plain;
}

}  // namespace darkroom
