// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/lora/lora_module.h"
#include "core/tensor/parameter_layout.h"

namespace darkroom {

/// Finds a model's layers by any name that LoRA files give them.
///
/// Dots and underscores are the same (kohya writes only underscores). Besides its own name a layer is found by
/// - the end `to_out` for `to_out.0`, and `to_q`, `to_k`, `to_v`, `to_out` for a text encoder's projections (diffusers before 0.15);
/// - its name in CompVis' UNet: `input_blocks_1_1_…` for `down_blocks.0.attentions.0.…`, whatever the number of levels and blocks.
class LoraLayers {
 public:
  /// Of a UNet in diffusers' layout, of a scratch UNet (its own names alone) or of a text encoder.
  explicit LoraLayers(const ParameterLayout& layout);

  /// The slot of the layer's weight or bias: of linear layers, convolutions and norms. layer  as LoraKey::layer
  std::optional<int> slot_of(std::string_view layer, LoraField field = LoraField::weight) const;

 private:
  using Slots = std::unordered_map<std::string, int>;
  void add(std::string_view name, int slot);

  Slots weights_;
  Slots biases_;
};

}  // namespace darkroom
