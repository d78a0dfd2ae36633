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
constexpr std::array<Prefix, 8> prefixes = {{{"lora_unet_", LoraPart::unet},
                                             {"lora_te_", LoraPart::text_encoder},
                                             {"lora_te1_", LoraPart::text_encoder},
                                             {"lycoris_", LoraPart::unet},
                                             {"unet.", LoraPart::unet},
                                             {"text_encoder.", LoraPart::text_encoder},
                                             {"model.diffusion_model.", LoraPart::unet},
                                             {"diffusion_model.", LoraPart::unet}}};
constexpr std::string_view peft_prefix = "base_model.model.";

struct Suffix {
  std::string_view text;
  LoraRole role;
};
constexpr std::array<Suffix, 32> suffixes = {{{".lora_down.weight", LoraRole::down},
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
                                              {".hada_w1_a", LoraRole::hada_w1_a},
                                              {".hada_w1_b", LoraRole::hada_w1_b},
                                              {".hada_t1", LoraRole::hada_t1},
                                              {".hada_w2_a", LoraRole::hada_w2_a},
                                              {".hada_w2_b", LoraRole::hada_w2_b},
                                              {".hada_t2", LoraRole::hada_t2},
                                              {".lokr_w1", LoraRole::lokr_w1},
                                              {".lokr_w1_a", LoraRole::lokr_w1_a},
                                              {".lokr_w1_b", LoraRole::lokr_w1_b},
                                              {".lokr_w2", LoraRole::lokr_w2},
                                              {".lokr_w2_a", LoraRole::lokr_w2_a},
                                              {".lokr_w2_b", LoraRole::lokr_w2_b},
                                              {".lokr_t2", LoraRole::lokr_t2},
                                              {".diff", LoraRole::diff},
                                              {".diff_b", LoraRole::diff_b},
                                              {".w_norm", LoraRole::diff},
                                              {".b_norm", LoraRole::diff_b},
                                              {".dora_scale", LoraRole::dora_scale},
                                              {".alpha", LoraRole::alpha}}};

struct Mark {
  std::string_view text;
  std::string_view reason;  // what the file is then
};
constexpr std::string_view dora = "PEFT's DoRA, which also rescales the length of each weight";
constexpr std::string_view biases = "a LoRA that changes biases";
constexpr std::string_view transformer = "a LoRA of a diffusion transformer, not of SD 1.x";
constexpr std::string_view sdxl = "a LoRA of SDXL (it names a second text encoder), not of SD 1.x";

// Anywhere in a name.
constexpr std::array<Mark, 10> marks = {{{".lora_magnitude_vector", dora},
                                         {".ia3_l", "(IA)³, which scales activations"},
                                         {".oft_", "OFT, which rotates weights"},
                                         {".boft_", "BOFT, which rotates weights"},
                                         {".bias_", biases},
                                         {".lora_embedding_", "a LoRA of the token table"},
                                         {"lora_te2_", sdxl},
                                         {"text_encoder_2.", sdxl},
                                         {"single_transformer_blocks.", transformer},
                                         {"lora_transformer_", transformer}}};
// At its end.
constexpr std::array<Mark, 11> end_marks = {{{".on_input", "(IA)³, which scales activations"},
                                             {".a1.weight", "GLoRA"},
                                             {".a2.weight", "GLoRA"},
                                             {".b1.weight", "GLoRA"},
                                             {".b2.weight", "GLoRA"},
                                             {".lokr_t1", "LoKr whose first factor is a Tucker decomposition"},
                                             {".scalar", "an adapter of LyCORIS' first versions, with a scale of its own in each layer"},
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

const char* lora_role_name(LoraRole role) {
  switch (role) {
    case LoraRole::down:
      return "down";
    case LoraRole::up:
      return "up";
    case LoraRole::mid:
      return "mid";
    case LoraRole::hada_w1_a:
      return "hada_w1_a";
    case LoraRole::hada_w1_b:
      return "hada_w1_b";
    case LoraRole::hada_t1:
      return "hada_t1";
    case LoraRole::hada_w2_a:
      return "hada_w2_a";
    case LoraRole::hada_w2_b:
      return "hada_w2_b";
    case LoraRole::hada_t2:
      return "hada_t2";
    case LoraRole::lokr_w1:
      return "lokr_w1";
    case LoraRole::lokr_w1_a:
      return "lokr_w1_a";
    case LoraRole::lokr_w1_b:
      return "lokr_w1_b";
    case LoraRole::lokr_w2:
      return "lokr_w2";
    case LoraRole::lokr_w2_a:
      return "lokr_w2_a";
    case LoraRole::lokr_w2_b:
      return "lokr_w2_b";
    case LoraRole::lokr_t2:
      return "lokr_t2";
    case LoraRole::diff:
      return "diff";
    case LoraRole::diff_b:
      return "diff_b";
    case LoraRole::dora_scale:
      return "dora_scale";
    case LoraRole::alpha:
      return "alpha";
  }
  return "";
}

}  // namespace darkroom
