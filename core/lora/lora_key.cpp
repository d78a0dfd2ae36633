// SPDX-License-Identifier: Apache-2.0
// Names as kohya-ss/sd-scripts, LyCORIS, diffusers, PEFT and ComfyUI write them. Prefix, layer and suffix are told apart by tables alone;
// whether the layer exists is for lora_layers.h.
#include "core/lora/lora_key.h"

#include <array>

namespace darkroom {
namespace {

struct Prefix {
  std::string_view text;
  LoraPart part;
};
constexpr std::array<Prefix, 7> prefixes = {{{"lora_unet_", LoraPart::unet},
                                             {"lora_te_", LoraPart::text_encoder},
                                             {"lora_te1_", LoraPart::text_encoder},
                                             {"unet.", LoraPart::unet},
                                             {"text_encoder.", LoraPart::text_encoder},
                                             {"model.diffusion_model.", LoraPart::unet},
                                             {"diffusion_model.", LoraPart::unet}}};
constexpr std::string_view peft_prefix = "base_model.model.";

struct Suffix {
  std::string_view text;
  LoraRole role;
};
constexpr std::array<Suffix, 14> suffixes = {{{".lora_down.weight", LoraRole::down},
                                              {".lora_up.weight", LoraRole::up},
                                              {".lora_mid.weight", LoraRole::mid},
                                              {".lora_A.weight", LoraRole::down},
                                              {".lora_B.weight", LoraRole::up},
                                              {".lora_A.default.weight", LoraRole::down},
                                              {".lora_B.default.weight", LoraRole::up},
                                              {".lora.down.weight", LoraRole::down},
                                              {".lora.up.weight", LoraRole::up},
                                              {".lora_linear_layer.down.weight", LoraRole::down},
                                              {".lora_linear_layer.up.weight", LoraRole::up},
                                              {"_lora.down.weight", LoraRole::down},
                                              {"_lora.up.weight", LoraRole::up},
                                              {".alpha", LoraRole::alpha}}};

struct Mark {
  std::string_view text;
  std::string_view reason;  // what the file is then
};
constexpr std::string_view dora = "DoRA, which also rescales the length of each weight";
constexpr std::string_view biases = "a LoRA that changes biases";
constexpr std::string_view sdxl = "a LoRA of SDXL (it names a second text encoder), not of SD 1.x";

// Anywhere in a name.
constexpr std::array<Mark, 13> marks = {{{".dora_scale", dora},
                                         {".lora_magnitude_vector", dora},
                                         {".hada_", "LoHa, an elementwise product of low-rank matrices"},
                                         {".lokr_", "LoKr, a Kronecker product"},
                                         {".ia3_l", "(IA)³, which scales activations"},
                                         {".oft_", "OFT, which rotates weights"},
                                         {".boft_", "BOFT, which rotates weights"},
                                         {".bias_", biases},
                                         {".lora_embedding_", "a LoRA of the token table"},
                                         {"lora_te2_", sdxl},
                                         {"text_encoder_2.", sdxl},
                                         {"single_transformer_blocks.", "a LoRA of a diffusion transformer, not of SD 1.x"},
                                         {"lora_transformer_", "a LoRA of a diffusion transformer, not of SD 1.x"}}};
// At its end.
constexpr std::array<Mark, 13> end_marks = {{{".on_input", "(IA)³, which scales activations"},
                                             {".a1.weight", "GLoRA"},
                                             {".a2.weight", "GLoRA"},
                                             {".b1.weight", "GLoRA"},
                                             {".b2.weight", "GLoRA"},
                                             {".diff", "a difference of whole weights"},
                                             {".diff_b", "a difference of whole biases"},
                                             {".w_norm", "a difference of whole norm weights"},
                                             {".b_norm", "a difference of whole norm weights"},
                                             {".lora_up.bias", biases},
                                             {".lora_B.bias", biases},
                                             {".reshape_weight", "a LoRA that changes the shape of weights"},
                                             {".set_weight", "a replacement of whole weights"}}};

// diffusers' attention processors stand between an attention and its layers in names: ".attn1.processor.to_q".
std::string without_processors(std::string_view name) {
  constexpr std::string_view processor = ".processor";
  std::string text(name);
  for (size_t at = text.find(".processor."); at != std::string::npos; at = text.find(".processor.", at)) {
    text.erase(at, processor.size());
  }
  return text;
}

}  // namespace

std::optional<LoraKey> parse_lora_key(std::string_view name) {
  LoraKey key;
  const Suffix* suffix = nullptr;
  for (const Suffix& candidate : suffixes) {
    if (name.ends_with(candidate.text)) {
      suffix = &candidate;
      break;
    }
  }
  if (suffix == nullptr) {
    return std::nullopt;
  }
  key.role = suffix->role;
  name.remove_suffix(suffix->text.size());
  if (name.starts_with(peft_prefix)) {
    name.remove_prefix(peft_prefix.size());
    key.bare_peft = true;
  }
  key.part = name.starts_with("text_model.") ? LoraPart::text_encoder : LoraPart::unet;
  for (const Prefix& prefix : prefixes) {
    if (name.starts_with(prefix.text)) {
      key.part = prefix.part;
      name.remove_prefix(prefix.text.size());
      break;
    }
  }
  key.layer = without_processors(name);
  if (key.layer.empty()) {
    return std::nullopt;
  }
  return key;
}

std::optional<std::string_view> unsupported_adapter(std::string_view name) {
  for (const Mark& mark : marks) {
    if (name.find(mark.text) != std::string_view::npos) {
      return mark.reason;
    }
  }
  for (const Mark& mark : end_marks) {
    if (name.ends_with(mark.text)) {
      return mark.reason;
    }
  }
  return std::nullopt;
}

const char* lora_part_name(LoraPart part) { return part == LoraPart::unet ? "UNet" : "text encoder"; }

}  // namespace darkroom
