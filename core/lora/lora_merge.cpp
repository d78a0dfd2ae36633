// SPDX-License-Identifier: Apache-2.0
// A layer that several files change is read once and written once; what each adds, lora_change.h says.
#include "core/lora/lora_merge.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/format.h"
#include "core/lora/lora_change.h"
#include "core/lora/lora_layers.h"
#include "core/lora/problem_list.h"

namespace darkroom {
namespace {

// The family whose text states are that wide, when it is not this model's.
std::string family_hint(const LoraFile& file, LoraPart part) {
  for (const LoraModule& module : file.modules()) {
    std::string layer = module.layer;
    std::replace(layer.begin(), layer.end(), '.', '_');
    if (module.part != part || !layer.ends_with(part == LoraPart::unet ? "attn2_to_k" : "self_attn_q_proj")) {
      continue;
    }
    const int64_t width = module.shape[1];
    const char* family = width == 768 ? "SD 1.x" : width == 1024 ? "SD 2.x" : width == 2048 || width == 1280 ? "SDXL" : nullptr;
    return family == nullptr ? std::string() : format(" (its text states are {} wide, as in {})", width, family);
  }
  return {};
}

// Whether a dora_scale holds the lengths of a parameter's rows or of its columns.
bool is_of_rows_or_columns(const std::vector<int64_t>& lengths, const std::vector<int64_t>& parameter) {
  const bool rest_is_one = lengths.size() == 2 || (lengths[2] == 1 && lengths[3] == 1);
  return parameter.size() >= 2 && rest_is_one &&
         ((lengths[0] == parameter[0] && lengths[1] == 1) || (lengths[0] == 1 && lengths[1] == parameter[1]));
}

// What keeps a module from being a change of a parameter.
std::optional<std::string> misfit(const LoraFile& file, const LoraModule& module, const ParameterSlot& parameter) {
  if (!fits(module, parameter.shape)) {
    return format("{} is for {}, but {} is {}", module.layer, shape_text(module.shape), parameter.name, shape_text(parameter.shape));
  }
  if (module.has(LoraRole::dora_scale)) {
    const TensorInfo& lengths = file.info(module.name(LoraRole::dora_scale));
    if (!is_of_rows_or_columns(lengths.shape, parameter.shape)) {
      return format("{} is {}, expected the lengths of the rows or the columns of {}, which is {}", lengths.name, shape_text(lengths.shape),
                    parameter.name, shape_text(parameter.shape));
    }
  }
  return std::nullopt;
}

struct Share {
  const LoraFile* file;
  const LoraModule* module;
  double scale;
};

torch::Tensor merged(const torch::Tensor& weight, const std::vector<Share>& shares, torch::ScalarType dtype) {
  const bool keeps_strides = weight.is_contiguous() || (weight.dim() == 4 && weight.is_contiguous(at::MemoryFormat::ChannelsLast));
  torch::Tensor sum = weight.to(torch::kFloat32, /*non_blocking=*/false, /*copy=*/true,
                                keeps_strides ? at::MemoryFormat::Preserve : at::MemoryFormat::Contiguous);
  for (const Share& share : shares) {
    add_change(sum, *share.file, *share.module, share.scale);
  }
  return sum.to(dtype);
}

}  // namespace

std::vector<LoraTarget> lora_targets(const LoraFile& file, const ParameterLayout& layout, LoraPart part) {
  const LoraLayers layers(layout);
  std::vector<LoraTarget> targets;
  std::map<int, const LoraModule*> used;
  ProblemList problems;
  for (const LoraModule& module : file.modules()) {
    if (module.part != part) {
      continue;
    }
    const std::optional<int> slot = layers.slot_of(module.layer, module.field);
    if (!slot) {
      problems.add(format("{}{} is not in the model", module.field == LoraField::bias ? "the bias of " : "", module.layer));
      continue;
    }
    const ParameterSlot& parameter = layout.slot(*slot);
    if (std::optional<std::string> problem = misfit(file, module, parameter)) {
      problems.add(std::move(*problem));
      continue;
    }
    if (const auto [other, is_new] = used.emplace(*slot, &module); !is_new) {
      problems.add(format("{} and {} are both {}", other->second->layer, module.layer, parameter.name));
      continue;
    }
    targets.push_back({&module, *slot});
  }
  if (!problems.empty()) {
    problems.throw_if_any(
        format("{}: does not fit this model's {}{}", file.path().string(), lora_part_name(part), family_hint(file, part)));
  }
  return targets;
}

LoraMerge merge_loras(const Weights& weights, const ParameterLayout& layout, LoraPart part, std::span<const LoraShare> loras,
                      std::optional<torch::ScalarType> dtype) {
  if (weights.size() != static_cast<size_t>(layout.size())) {
    throw std::invalid_argument(format("[merge_loras] weights must be {} tensors in slot order, got {}", layout.size(), weights.size()));
  }
  std::map<int, std::vector<Share>> changes;
  for (const LoraShare& use : loras) {
    if (use.file == nullptr || !std::isfinite(use.scale)) {
      throw std::invalid_argument(format("[merge_loras] a LoRA needs a file and a finite scale, got {}", use.scale));
    }
    for (const LoraTarget& target : lora_targets(*use.file, layout, part)) {
      if (use.scale != 0) {
        changes[target.slot].push_back({use.file, target.module, use.scale});
      }
    }
  }
  const torch::NoGradGuard no_grad;
  LoraMerge result{weights, {}};
  for (const auto& [slot, list] : changes) {
    torch::Tensor& weight = result.weights[static_cast<size_t>(slot)];
    if (weight.sizes() != at::IntArrayRef(layout.slot(slot).shape)) {
      throw std::invalid_argument(format("[merge_loras] {} must be {}, got {}", layout.slot(slot).name, shape_text(layout.slot(slot).shape),
                                         shape_text(weight.sizes().vec())));
    }
    weight = merged(weight, list, dtype.value_or(weight.scalar_type()));
    result.touched.push_back(slot);
  }
  return result;
}

}  // namespace darkroom
