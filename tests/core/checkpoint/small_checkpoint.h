// SPDX-License-Identifier: Apache-2.0
// A checkpoint of a few hundred numbers.
#pragma once

#include <filesystem>

#include "core/checkpoint/checkpoint.h"
#include "core/tensor/counter_rng.h"

namespace darkroom::test {

inline ParameterLayout small_layout() {
  ParameterLayout layout;
  layout.add("conv.weight", {4, 3, 3, 3}, ParameterInit::normal, 1);
  layout.add("linear.weight", {8, 4}, ParameterInit::normal, 1);
  return layout;
}

inline Weights small_weights(const ParameterLayout& layout, uint64_t seed) {
  Weights weights;
  for (const ParameterSlot& slot : layout.all_slots()) {
    weights.push_back(
        counter_normal(slot.numel, {.seed = seed, .stream = static_cast<uint64_t>(slot.offset), .sample = 0}).view(slot.shape));
  }
  return weights;
}

/// `layout` must outlive it. Another step has other numbers.
inline CheckpointContent small_content(const ParameterLayout& layout, int64_t step) {
  const auto seed = static_cast<uint64_t>(step) * 10;
  CheckpointContent content;
  content.layout = &layout;
  content.unet_config = {{"a", 1}};
  content.master = small_weights(layout, seed);
  content.ema = small_weights(layout, seed + 1);
  append_state(content.state, "exp_avg", layout, small_weights(layout, seed + 2));
  append_state(content.state, "exp_avg_sq", layout, small_weights(layout, seed + 3));
  content.facts = {{"step", step}, {"cursor", {{"step", step}}}, {"guard", Json::object()}, {"quarantine", Json::object()}};
  return content;
}

inline std::filesystem::path step_folder(const std::filesystem::path& checkpoints, int64_t step) {
  const std::string digits = std::to_string(step);
  return checkpoints / ("step_" + std::string(7 - digits.size(), '0') + digits);
}

}  // namespace darkroom::test
