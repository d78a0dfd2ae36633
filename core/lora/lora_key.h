// SPDX-License-Identifier: Apache-2.0
// How the tensors of a LoRA file are named: the part of the model, the layer, and what the tensor is to it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace darkroom {

/// The part of a model that a LoRA changes.
enum class LoraPart { unet, text_encoder };

/// What a tensor is to its layer; how they make a change, lora_module.h says.
enum class LoraRole {
  down,        ///< [R,I], or [R,I,K,K] of a convolution
  up,          ///< [O,R], or [O,R,1,1]
  mid,         ///< [R,R,K,K], the core of a Tucker decomposition; down and up are 1x1 then
  hada_w1_a,   ///< LoHa: w1_a · w1_b and w2_a · w2_b are multiplied element by element
  hada_w1_b,   ///<
  hada_t1,     ///< core of the first product
  hada_w2_a,   ///<
  hada_w2_b,   ///<
  hada_t2,     ///< core of the second
  lokr_w1,     ///< LoKr: the Kronecker product of w1 and w2; each is there as one tensor or as two
  lokr_w1_a,   ///<
  lokr_w1_b,   ///<
  lokr_w2,     ///<
  lokr_w2_a,   ///<
  lokr_w2_b,   ///<
  lokr_t2,     ///< core of w2
  diff,        ///< a difference of the weight itself, in the weight's shape
  diff_b,      ///< a difference of the bias
  dora_scale,  ///< DoRA: the lengths of the changed weight's rows, [O,1] or [O,1,1,1], or of its columns, [1,I] or [1,I,1,1]
  alpha        ///< one number; the rank when absent
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
/// `.processor.to_q_lora.up.weight`, with or without the prefix), ComfyUI (`diffusion_model.…`), SimpleTuner (`lycoris_<layer>`). LyCORIS'
/// tensors (`.hada_w1_a`, `.lokr_w1`, `.diff`, `.w_norm` …) and `.dora_scale` go with any of the prefixes.
std::optional<LoraKey> parse_lora_key(std::string_view name);

/// What kind of file a tensor of this name belongs to when that kind cannot be merged: "GLoRA". Absent for other names.
std::optional<std::string_view> unsupported_adapter(std::string_view name);

/// The part's name in sentences: "UNet", "text encoder".
const char* lora_part_name(LoraPart part);

/// The role's name in sentences: "up", "hada_w1_a".
const char* lora_role_name(LoraRole role);

}  // namespace darkroom
