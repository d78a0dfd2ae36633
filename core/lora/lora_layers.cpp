// SPDX-License-Identifier: Apache-2.0
// One table of flattened names; that kohya's underscores cannot be told from dots is then no question.
#include "core/lora/lora_layers.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/checkpoint/key_map.h"

namespace darkroom {
namespace {

std::string flat(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '.', '_');
  return text;
}

// Other ends of a layer's name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> end_aliases = {
    {{".to_out.0", ".to_out"}, {".q_proj", ".to_q"}, {".k_proj", ".to_k"}, {".v_proj", ".to_v"}, {".out_proj", ".to_out"}}};

}  // namespace

LoraLayers::LoraLayers(const ParameterLayout& layout) {
  std::vector<std::string> names;
  names.reserve(static_cast<size_t>(layout.size()));
  for (const ParameterSlot& slot : layout.all_slots()) {
    names.push_back(slot.name);
  }
  const UNetKeyMap compvis = UNetKeyMap::of_diffusers(names);
  for (int i = 0; i < layout.size(); ++i) {
    const std::string& name = layout.slot(i).name;
    add(name, i);
    if (const std::optional<std::string> other = compvis.to_compvis(name)) {
      add(*other, i);
    }
  }
}

void LoraLayers::add(std::string_view name, int slot) {
  for (const auto& [end, slots] : {std::pair(std::string_view(".weight"), &weights_), std::pair(std::string_view(".bias"), &biases_)}) {
    if (!name.ends_with(end)) {
      continue;
    }
    const std::string_view layer = name.substr(0, name.size() - end.size());
    slots->try_emplace(flat(layer), slot);
    for (const auto& [own, other] : end_aliases) {
      if (layer.ends_with(own)) {
        slots->try_emplace(flat(layer.substr(0, layer.size() - own.size())) + flat(other), slot);
      }
    }
  }
}

std::optional<int> LoraLayers::slot_of(std::string_view layer, LoraField field) const {
  const Slots& slots = field == LoraField::bias ? biases_ : weights_;
  const auto found = slots.find(flat(layer));
  return found == slots.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace darkroom
