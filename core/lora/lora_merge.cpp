// SPDX-License-Identifier: Apache-2.0
// Source: Hu et al. 2021, arXiv:2106.09685. A convolution's update is one matrix product too, over its weight seen as [O, I·K·K]; under
// channels_last that view is [O, K·K·I], so down is brought into that order instead of the far larger weight.
#include "core/lora/lora_merge.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/format.h"
#include "core/lora/lora_layers.h"
#include "core/lora/problem_list.h"

namespace darkroom {
namespace {

std::string shape_text(at::IntArrayRef shape) { return format("[{}]", fmt::join(shape, ",")); }

// [O,I] or [O,I,K,K] of the weight that the module's matrices multiply to.
std::vector<int64_t> product_shape(const LoraFile& file, const LoraModule& module) {
  const std::vector<int64_t>& down = file.info(module.down).shape;
  std::vector<int64_t> shape = {file.info(module.up).shape[0], down[1]};
  const std::vector<int64_t>& kernel = module.mid ? file.info(*module.mid).shape : down;
  if (kernel.size() == 4) {
    shape.insert(shape.end(), kernel.begin() + 2, kernel.end());
  }
  return shape;
}

// [O,I] and [O,I,1,1] are the same layer.
bool same_layer_shape(std::vector<int64_t> a, std::vector<int64_t> b) {
  a.resize(std::max<size_t>(a.size(), 4), 1);
  b.resize(std::max<size_t>(b.size(), 4), 1);
  return a == b;
}

// The family whose text states are that wide, when it is not this model's.
std::string family_hint(const LoraFile& file, LoraPart part) {
  for (const LoraModule& module : file.modules()) {
    std::string layer = module.layer;
    std::replace(layer.begin(), layer.end(), '.', '_');
    if (module.part != part || !layer.ends_with(part == LoraPart::unet ? "attn2_to_k" : "self_attn_q_proj")) {
      continue;
    }
    const int64_t width = file.info(module.down).shape[1];
    const char* family = width == 768 ? "SD 1.x" : width == 1024 ? "SD 2.x" : width == 2048 || width == 1280 ? "SDXL" : nullptr;
    return family == nullptr ? std::string() : format(" (its text states are {} wide, as in {})", width, family);
  }
  return {};
}

torch::Tensor finite_fp32(const LoraFile& file, const std::string& name, const torch::Device& device) {
  torch::Tensor tensor = file.tensor(name).to(torch::TensorOptions().dtype(torch::kFloat32).device(device));
  if (!at::isfinite(tensor).all().item<bool>()) {
    fail(ErrorCode::bad_input, "{}: {} holds a NaN or an infinity", file.path().string(), name);
  }
  return tensor;
}

// up · mid, [O,R], and down, [R,D], of one module; D runs as the columns of the weight's view do.
struct Factors {
  torch::Tensor up_OR;
  torch::Tensor down_RD;
};

Factors factors_of(const LoraFile& file, const LoraModule& module, bool channels_last, const torch::Device& device) {
  const torch::Tensor up_OR = finite_fp32(file, module.up, device).flatten(1);
  torch::Tensor down = finite_fp32(file, module.down, device);  // [R,I] or [R,I,K,K]
  if (module.mid) {
    const torch::Tensor mid_PRKK = finite_fp32(file, *module.mid, device);
    down = at::einsum("prkl,ri->pikl", {mid_PRKK, down.flatten(1)});
  }
  if (channels_last && down.dim() == 4) {
    down = down.permute({0, 2, 3, 1});
  }
  return {up_OR, down.flatten(1)};
}

// A 4-D weight that lies O,K,K,I.
bool is_channels_last(const torch::Tensor& weight) {
  return weight.dim() == 4 && !weight.is_contiguous() && weight.is_contiguous(at::MemoryFormat::ChannelsLast);
}

struct Change {
  const LoraFile* file;
  const LoraModule* module;
  double scale;
};

torch::Tensor merged(const torch::Tensor& weight, const std::vector<Change>& changes) {
  const bool channels_last = is_channels_last(weight);
  const bool keeps_strides = channels_last || weight.is_contiguous();
  const torch::Tensor sum = weight.to(torch::kFloat32, /*non_blocking=*/false, /*copy=*/true,
                                      keeps_strides ? at::MemoryFormat::Preserve : at::MemoryFormat::Contiguous);
  const torch::Tensor sum_OD = (channels_last ? sum.permute({0, 2, 3, 1}) : sum).view({sum.size(0), -1});
  for (const Change& change : changes) {
    const Factors factors = factors_of(*change.file, *change.module, channels_last, weight.device());
    sum_OD.addmm_(factors.up_OR, factors.down_RD, 1, change.scale * change.module->strength);
  }
  return sum.to(weight.scalar_type());
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
    const std::optional<int> slot = layers.slot_of(module.layer);
    if (!slot) {
      problems.add(format("{} is not in the model", module.layer));
      continue;
    }
    const ParameterSlot& parameter = layout.slot(*slot);
    if (const std::vector<int64_t> shape = product_shape(file, module); !same_layer_shape(shape, parameter.shape)) {
      problems.add(format("{} is for {}, but {} is {}", module.layer, shape_text(shape), parameter.name, shape_text(parameter.shape)));
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

LoraMerge merge_loras(const Weights& weights, const ParameterLayout& layout, LoraPart part, std::span<const LoraShare> loras) {
  if (weights.size() != static_cast<size_t>(layout.size())) {
    throw std::invalid_argument(format("[merge_loras] weights must be {} tensors in slot order, got {}", layout.size(), weights.size()));
  }
  std::map<int, std::vector<Change>> changes;
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
                                         shape_text(weight.sizes())));
    }
    weight = merged(weight, list);
    result.touched.push_back(slot);
  }
  return result;
}

}  // namespace darkroom
