// SPDX-License-Identifier: Apache-2.0
// How the tensors of a LoRA file are named: the part of the model, the layer, and what the tensor is to it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace darkroom {

/// The part of a model that a LoRA changes.
enum class LoraPart { unet, text_encoder };

/// What a tensor is to its layer: W' = W + scale · alpha / rank · up · mid · down.
enum class LoraRole {
  down,  ///< [rank,I], or [rank,I,K,K] of a convolution
  up,    ///< [O,rank], or [O,rank,1,1]
  mid,   ///< [rank,rank,K,K], the core of a Tucker decomposition; down and up are 1x1 then
  alpha  ///< one number; the rank when absent
};

struct LoraKey {
  LoraPart part = LoraPart::unet;
  std::string layer;  ///< as the file spells it, without the part's prefix: "mid_block.attentions.0.proj_in", "input_blocks_1_1_proj_in"
  LoraRole role = LoraRole::down;
  bool bare_peft = false;  ///< PEFT's own files ("base_model.model.…"): alpha stands in the adapter_config.json beside them
};

/// Reads a tensor's name; absent: it is not named as in a LoRA.
///
/// Spellings: kohya (`lora_unet_<layer>.lora_down.weight`, `lora_te_…`, `lora_te1_…`; layers named as in diffusers or as in CompVis),
/// diffusers and PEFT (`unet.<layer>.lora_A.weight`, `text_encoder.…`, `.lora.up.weight`, `.lora_linear_layer.up.weight`,
/// `.processor.to_q_lora.up.weight`, with or without the prefix), ComfyUI (`diffusion_model.…`).
std::optional<LoraKey> parse_lora_key(std::string_view name);

/// What kind of file a tensor of this name belongs to when that kind cannot be merged: "LoKr, a Kronecker product". Absent for other names.
std::optional<std::string_view> unsupported_adapter(std::string_view name);

/// The part's name in sentences: "UNet", "text encoder".
const char* lora_part_name(LoraPart part);

}  // namespace darkroom
