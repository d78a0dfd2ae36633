// SPDX-License-Identifier: Apache-2.0
// Source: the module tree of CompVis/stable-diffusion's AutoencoderKL and of diffusers'; the goldens hold both lists.
#include <algorithm>

#include "core/checkpoint/key_map.h"
#include "core/checkpoint/key_map_words.h"

namespace darkroom {
namespace {

constexpr std::array<KeyWords, 5> vae_attention = {
    {{"group_norm", "norm"}, {"to_q", "q"}, {"to_k", "k"}, {"to_v", "v"}, {"to_out.0", "proj_out"}}};

constexpr std::array<KeyWords, 4> vae_attention_before = {
    {{"to_q", "query"}, {"to_k", "key"}, {"to_v", "value"}, {"to_out.0", "proj_attn"}}};

constexpr std::array<KeyWords, 1> vae_resnet = {{{"conv_shortcut", "nin_shortcut"}}};

// Levels of the decoder: one more than the largest number behind "decoder.<word>.".
int64_t decoder_levels(const std::vector<std::string>& names, std::string_view word) {
  int64_t levels = 0;
  for (const std::string& name : names) {
    NameParser parser(name);
    if (parser.take("decoder") && parser.take(word)) {
      levels = std::max(levels, parser.take_number().value_or(-1) + 1);
    }
  }
  return levels;
}

}  // namespace

VaeKeyMap VaeKeyMap::of_diffusers(const std::vector<std::string>& names) {
  VaeKeyMap map;
  map.levels_ = decoder_levels(names, "up_blocks");
  return map;
}

VaeKeyMap VaeKeyMap::of_compvis(const std::vector<std::string>& names) {
  VaeKeyMap map;
  map.levels_ = decoder_levels(names, "up");
  return map;
}

std::optional<std::string> VaeKeyMap::to_compvis(const std::string& name) const {
  NameParser parser(name);
  if (parser.take("quant_conv") || parser.take("post_quant_conv")) {
    return name;
  }
  const bool encoder = parser.take("encoder");
  if (!encoder && !parser.take("decoder")) {
    return std::nullopt;
  }
  const std::string_view half = encoder ? "encoder" : "decoder";
  if (parser.take("mid_block")) {
    if (parser.take("attentions")) {
      return parser.take("0") ? joined(format("{}.mid.attn_1.", half), translated_known(vae_attention, parser.rest(), true)) : std::nullopt;
    }
    const auto layer = parser.take("resnets") ? parser.take_number() : std::nullopt;
    return layer ? std::make_optional(format("{}.mid.block_{}.{}", half, *layer + 1, translated(vae_resnet, parser.rest(), true)))
                 : std::nullopt;
  }
  if (parser.take("conv_norm_out")) {
    return format("{}.norm_out.{}", half, parser.rest());
  }
  if (parser.take(encoder ? "down_blocks" : "up_blocks")) {
    const auto number = parser.take_number();
    if (!number || (!encoder && *number >= levels_)) {
      return std::nullopt;
    }
    const std::string start = encoder ? format("encoder.down.{}", *number) : format("decoder.up.{}", levels_ - 1 - *number);
    if (parser.take(encoder ? "downsamplers" : "upsamplers")) {
      return parser.take("0") ? std::make_optional(format("{}.{}.{}", start, encoder ? "downsample" : "upsample", parser.rest()))
                              : std::nullopt;
    }
    const auto layer = parser.take("resnets") ? parser.take_number() : std::nullopt;
    return layer ? std::make_optional(format("{}.block.{}.{}", start, *layer, translated(vae_resnet, parser.rest(), true))) : std::nullopt;
  }
  return parser.take("conv_in") || parser.take("conv_out") ? std::make_optional(name) : std::nullopt;
}

std::optional<std::string> VaeKeyMap::to_diffusers(const std::string& name) const {
  NameParser parser(name);
  if (parser.take("quant_conv") || parser.take("post_quant_conv")) {
    return name;
  }
  const bool encoder = parser.take("encoder");
  if (!encoder && !parser.take("decoder")) {
    return std::nullopt;
  }
  const std::string_view half = encoder ? "encoder" : "decoder";
  if (parser.take("mid")) {
    if (parser.take("attn_1")) {
      return joined(format("{}.mid_block.attentions.0.", half), translated_known(vae_attention, parser.rest(), false));
    }
    const int64_t layer = parser.take("block_1") ? 0 : parser.take("block_2") ? 1 : -1;
    return layer >= 0 ? std::make_optional(format("{}.mid_block.resnets.{}.{}", half, layer, translated(vae_resnet, parser.rest(), false)))
                      : std::nullopt;
  }
  if (parser.take("mid_block")) {  // diffusers' own spelling, today's or an older one
    const bool attention = parser.take("attentions") && parser.take("0");
    return attention ? format("{}.mid_block.attentions.0.{}", half, translated(vae_attention_before, parser.rest(), false)) : name;
  }
  if (parser.take("norm_out")) {
    return format("{}.conv_norm_out.{}", half, parser.rest());
  }
  if (parser.take(encoder ? "down" : "up")) {
    const auto number = parser.take_number();
    if (!number || (!encoder && *number >= levels_)) {
      return std::nullopt;
    }
    const std::string start = encoder ? format("encoder.down_blocks.{}", *number) : format("decoder.up_blocks.{}", levels_ - 1 - *number);
    if (parser.take(encoder ? "downsample" : "upsample")) {
      return format("{}.{}.0.{}", start, encoder ? "downsamplers" : "upsamplers", parser.rest());
    }
    const auto layer = parser.take("block") ? parser.take_number() : std::nullopt;
    return layer ? std::make_optional(format("{}.resnets.{}.{}", start, *layer, translated(vae_resnet, parser.rest(), false)))
                 : std::nullopt;
  }
  return name;
}

std::vector<int64_t> VaeKeyMap::compvis_shape(const std::string& compvis_name, std::vector<int64_t> shape) {
  const bool projection = compvis_name.find(".mid.attn_1.") != std::string::npos && compvis_name.ends_with(".weight") && shape.size() == 2;
  if (projection) {
    shape.insert(shape.end(), {1, 1});
  }
  return shape;
}

}  // namespace darkroom
