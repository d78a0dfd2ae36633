// SPDX-License-Identifier: Apache-2.0
// Source: the module tree of CompVis/stable-diffusion's UNetModel and of diffusers' UNet2DConditionModel; the goldens hold both lists.
#include <algorithm>
#include <vector>

#include "core/checkpoint/key_map.h"
#include "core/checkpoint/key_map_words.h"

namespace darkroom {
namespace {

constexpr std::array<KeyWords, 5> unet_tops = {{{"time_embedding.linear_1", "time_embed.0"},
                                                {"time_embedding.linear_2", "time_embed.2"},
                                                {"conv_in", "input_blocks.0.0"},
                                                {"conv_norm_out", "out.0"},
                                                {"conv_out", "out.2"}}};

constexpr std::array<KeyWords, 6> unet_resnet = {{{"norm1", "in_layers.0"},
                                                  {"conv1", "in_layers.2"},
                                                  {"time_emb_proj", "emb_layers.1"},
                                                  {"norm2", "out_layers.0"},
                                                  {"conv2", "out_layers.3"},
                                                  {"conv_shortcut", "skip_connection"}}};

template <typename List>
auto& grown(List& list, int64_t index) {
  constexpr int64_t most_blocks = 1000;  // names are somebody else's: no number of theirs decides how much memory is taken
  const auto at = static_cast<size_t>(std::min(index, most_blocks));
  if (list.size() <= at) {
    list.resize(at + 1);
  }
  return list[at];
}

}  // namespace

UNetKeyMap UNetKeyMap::of_diffusers(const std::vector<std::string>& names) {
  UNetKeyMap map;
  std::vector<bool> attention_up;  // coarsest first
  for (const std::string& name : names) {
    NameParser down(name);
    NameParser up(name);
    if (down.take("down_blocks")) {
      const auto level = down.take_number();
      const bool resnet = down.take("resnets");
      const auto layer = down.take_number();
      if (level && resnet && layer) {
        int64_t& layers = grown(map.levels_, *level).layers;
        layers = std::max(layers, *layer + 1);
      }
    } else if (up.take("up_blocks")) {
      const auto block = up.take_number();
      if (block && up.take("attentions")) {
        constexpr int64_t most_levels = 100;
        attention_up.resize(std::max(attention_up.size(), static_cast<size_t>(std::min(*block, most_levels)) + 1));
        attention_up[static_cast<size_t>(std::min(*block, most_levels))] = true;
      }
    }
  }
  for (size_t i = 0; i < map.levels_.size(); ++i) {
    const size_t block = map.levels_.size() - 1 - i;
    map.levels_[i].attention_up = block < attention_up.size() && attention_up[block];
  }
  return map;
}

UNetKeyMap UNetKeyMap::of_compvis(const std::vector<std::string>& names) {
  enum class Kind { none, resnet, down };
  std::vector<Kind> input;
  std::vector<char> attention_up;  // of each output block
  for (const std::string& name : names) {
    NameParser in(name);
    NameParser out(name);
    if (in.take("input_blocks")) {
      const auto block = in.take_number();
      if (block && in.take("0")) {
        Kind& kind = grown(input, *block);
        kind = in.take("op") ? Kind::down : *block > 0 && kind == Kind::none ? Kind::resnet : kind;
      }
    } else if (out.take("output_blocks")) {
      const auto block = out.take_number();
      if (block && out.take("1") && out.take("transformer_blocks")) {
        grown(attention_up, *block) = 1;
      }
    }
  }
  UNetKeyMap map;
  for (size_t block = 1; block < input.size(); ++block) {
    if (map.levels_.empty() || (block > 1 && input[block - 1] == Kind::down)) {
      map.levels_.emplace_back();
    }
    map.levels_.back().layers += input[block] == Kind::resnet ? 1 : 0;
  }
  for (size_t i = 0; i < map.levels_.size(); ++i) {
    const auto first = static_cast<size_t>(map.first_output_block(i));
    map.levels_[i].attention_up = first < attention_up.size() && attention_up[first] != 0;
  }
  return map;
}

int64_t UNetKeyMap::first_input_block(size_t level) const {
  int64_t block = 1;
  for (size_t i = 0; i < level; ++i) {
    block += levels_[i].layers + 1;
  }
  return block;
}

int64_t UNetKeyMap::first_output_block(size_t level) const {
  int64_t block = 0;
  for (size_t i = levels_.size(); i-- > level + 1;) {
    block += levels_[i].layers + 1;
  }
  return block;
}

std::optional<UNetKeyMap::Place> UNetKeyMap::input_place(int64_t block) const {
  for (size_t i = 0; i < levels_.size(); ++i) {
    const int64_t layer = block - first_input_block(i);
    if (layer >= 0 && layer <= levels_[i].layers) {
      return Place{i, layer};
    }
  }
  return std::nullopt;
}

std::optional<UNetKeyMap::Place> UNetKeyMap::output_place(int64_t block) const {
  for (size_t i = 0; i < levels_.size(); ++i) {
    const int64_t layer = block - first_output_block(i);
    if (layer >= 0 && layer <= levels_[i].layers) {
      return Place{i, layer};
    }
  }
  return std::nullopt;
}

std::optional<std::string> UNetKeyMap::to_compvis(const std::string& name) const {
  if (auto top = translated_known(unet_tops, name, true)) {
    return top;
  }
  NameParser parser(name);
  const bool down = parser.take("down_blocks");
  const bool up = !down && parser.take("up_blocks");
  if (!down && !up) {
    if (!parser.take("mid_block")) {
      return std::nullopt;
    }
    if (parser.take("attentions")) {
      return parser.take("0") ? std::make_optional(format("middle_block.1.{}", parser.rest())) : std::nullopt;
    }
    const auto layer = parser.take("resnets") ? parser.take_number() : std::nullopt;
    return layer && *layer < 2 ? joined(format("middle_block.{}.", 2 * *layer), translated_known(unet_resnet, parser.rest(), true))
                               : std::nullopt;
  }
  const auto number = parser.take_number();
  if (!number || *number >= static_cast<int64_t>(levels_.size())) {
    return std::nullopt;
  }
  const auto level = static_cast<size_t>(down ? *number : static_cast<int64_t>(levels_.size()) - 1 - *number);
  const int64_t first = down ? first_input_block(level) : first_output_block(level);
  const std::string_view blocks = down ? "input_blocks" : "output_blocks";
  const Level& shape = levels_[level];
  if (parser.take(down ? "downsamplers" : "upsamplers")) {
    if (!parser.take("0") || !parser.take("conv")) {
      return std::nullopt;
    }
    return down ? format("{}.{}.0.op.{}", blocks, first + shape.layers, parser.rest())
                : format("{}.{}.{}.conv.{}", blocks, first + shape.layers, shape.attention_up ? 2 : 1, parser.rest());
  }
  const bool attention = parser.take("attentions");
  const auto layer = attention || parser.take("resnets") ? parser.take_number() : std::nullopt;
  if (!layer || *layer >= shape.layers + (down ? 0 : 1)) {
    return std::nullopt;
  }
  return attention ? std::make_optional(format("{}.{}.1.{}", blocks, first + *layer, parser.rest()))
                   : joined(format("{}.{}.0.", blocks, first + *layer), translated_known(unet_resnet, parser.rest(), true));
}

std::optional<std::string> UNetKeyMap::to_diffusers(const std::string& name) const {
  if (auto top = translated_known(unet_tops, name, false)) {
    return top;
  }
  NameParser parser(name);
  if (parser.take("middle_block")) {
    const auto block = parser.take_number();
    if (!block || *block > 2) {
      return std::nullopt;
    }
    return *block == 1 ? std::make_optional(format("mid_block.attentions.0.{}", parser.rest()))
                       : joined(format("mid_block.resnets.{}.", *block / 2), translated_known(unet_resnet, parser.rest(), false));
  }
  const bool down = parser.take("input_blocks");
  if (!down && !parser.take("output_blocks")) {
    return std::nullopt;
  }
  const auto block = parser.take_number();
  const auto slot = block ? parser.take_number() : std::nullopt;
  const std::optional<Place> place = block ? down ? input_place(*block) : output_place(*block) : std::nullopt;
  if (!slot || !place) {
    return std::nullopt;
  }
  const std::string start = down ? format("down_blocks.{}", place->level) : format("up_blocks.{}", levels_.size() - 1 - place->level);
  const bool after_the_layers = place->layer == levels_[place->level].layers;
  if (down && after_the_layers) {
    return *slot == 0 && parser.take("op") ? std::make_optional(format("{}.downsamplers.0.conv.{}", start, parser.rest())) : std::nullopt;
  }
  if (!down && *slot > 0 && parser.take("conv")) {
    const bool right_slot = *slot == (levels_[place->level].attention_up ? 2 : 1);
    return after_the_layers && right_slot ? std::make_optional(format("{}.upsamplers.0.conv.{}", start, parser.rest())) : std::nullopt;
  }
  if (*slot == 1) {
    return format("{}.attentions.{}.{}", start, place->layer, parser.rest());
  }
  return *slot == 0 ? joined(format("{}.resnets.{}.", start, place->layer), translated_known(unet_resnet, parser.rest(), false))
                    : std::nullopt;
}

}  // namespace darkroom
