// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/lora/lora_file.h"
#include "core/tensor/parameter_layout.h"

namespace darkroom {

/// A layer of a LoRA, and the parameter that it changes.
struct LoraTarget {
  const LoraModule* module = nullptr;  ///< of the file that was asked
  int slot = 0;
};

/// The parameters that a file changes in one part of a model; reads no weights, so a file can be checked before a model is loaded.
///
/// Layers are found by any of their spellings (lora_layers.h), whatever the file mixes.
/// returns  one entry a module of that part, in file order; empty when the file has none of it
/// throws   Error{bad_input} naming the file and the layers: not in the model, of another shape (with the family that such shapes are of:
///          SD 2.x, SDXL), a dora_scale that lies along neither axis, or named twice in two spellings
std::vector<LoraTarget> lora_targets(const LoraFile& file, const ParameterLayout& layout, LoraPart part);

/// One of the LoRAs of a merge.
struct LoraShare {
  const LoraFile* file = nullptr;
  double scale = 1;  ///< any finite number; 0 changes nothing, a negative one takes away
};

/// Weights with LoRAs merged in.
struct LoraMerge {
  Weights weights;           ///< in slot order; those that no LoRA touches are the given tensors themselves
  std::vector<int> touched;  ///< slots, ascending: new memory, in the given tensor's device and memory format
};

/// W' = W + Σ scale · strength · change (lora_module.h), summed in the given order in fp32 and cast once, to the dtype that is computed in:
/// rounded to a file's fp16 instead, the latents of a picture in fp32 lay 3e-3 to 9e-3 from peft's, which never adds the two.
///
/// The given tensors are never written to: they may be mapped from a file and shared, and to unload is to go on with them, bit for bit.
/// weights  layout.size() tensors in slot order, any float dtype, on one device
/// dtype    of the sums; nothing: that of the given tensor
/// throws   std::invalid_argument: weights that are not the layout's, a scale that is not finite; Error{bad_input} as lora_targets, or
///          naming the file and the tensor that holds a NaN or an infinity
LoraMerge merge_loras(const Weights& weights, const ParameterLayout& layout, LoraPart part, std::span<const LoraShare> loras,
                      std::optional<torch::ScalarType> dtype = std::nullopt);

}  // namespace darkroom
