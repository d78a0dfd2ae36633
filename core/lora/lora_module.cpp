// SPDX-License-Identifier: Apache-2.0
// Sources: Hu et al. 2021, arXiv:2106.09685; Hyeon-Woo et al. 2022, arXiv:2108.06098 (LoHa); Yeh et al. 2024, arXiv:2309.14859 (LyCORIS);
// names, extents and what alpha is divided by as KohakuBlueleaf/LyCORIS writes them and ComfyUI reads them.
#include "core/lora/lora_module.h"

#include <algorithm>

#include "core/base/format.h"

namespace darkroom {
namespace {

using Shape = std::vector<int64_t>;

// The shape of a change or of one of its factors, or what is wrong.
struct Extents {
  Shape shape;
  int64_t rank = 0;
  std::optional<std::string> problem;
};

Extents wrong(std::string problem) { return {{}, 0, std::move(problem)}; }

bool is_pointwise(const Shape& shape) { return shape.size() == 2 || (shape.size() == 4 && shape[2] == 1 && shape[3] == 1); }

// left · right is [O,I] or [O,I,K,K]; left · core · right is [O,I,K,K].
Extents product_extents(const LoraModule& module, const WeightFiles& file, const LoraProduct& roles) {
  for (const LoraRole role : {roles.right, roles.left}) {
    if (!module.has(role)) {
      const LoraRole other = module.has(roles.left) ? roles.left : module.has(roles.right) ? roles.right : module.tensors.begin()->first;
      return wrong(format("has {}, but no {}", lora_role_name(other), lora_role_name(role)));
    }
  }
  const Shape& left = file.info(module.name(roles.left)).shape;
  const Shape& right = file.info(module.name(roles.right)).shape;
  const auto seen = [&](const Shape* core) {
    return format("{} is {}, but {} is {}{}", lora_role_name(roles.right), shape_text(right), lora_role_name(roles.left), shape_text(left),
                  core == nullptr ? std::string() : format(" and {} is {}", lora_role_name(*roles.core), shape_text(*core)));
  };
  if (!is_pointwise(left)) {
    return wrong(format("{} is {}, expected [out,rank] or [out,rank,1,1]", module.name(roles.left), shape_text(left)));
  }
  const bool has_core = roles.core && module.has(*roles.core);
  const bool turned = has_core && roles.turned;
  const int64_t left_rank = left[turned ? 0 : 1];
  if (left_rank == 0 || right[0] == 0) {
    return wrong(format("{} is {}: a rank of 0", module.name(roles.right), shape_text(right)));
  }
  Shape shape = {left[turned ? 1 : 0], right[1]};
  if (!has_core) {
    shape.insert(shape.end(), right.begin() + 2, right.end());
    return left_rank == right[0] ? Extents{std::move(shape), right[0], std::nullopt} : wrong(seen(nullptr));
  }
  const Shape& core = file.info(module.name(*roles.core)).shape;
  if (!is_pointwise(right) || core.size() != 4 || core[0] != left_rank || core[1] != right[0]) {
    return wrong(seen(&core));
  }
  shape.insert(shape.end(), core.begin() + 2, core.end());
  return {std::move(shape), right[0], std::nullopt};
}

// One of LoKr's two factors: a tensor, or a product.
Extents factor_extents(const LoraModule& module, const WeightFiles& file, LoraRole whole, const LoraProduct& roles) {
  if (!module.has(whole)) {
    return product_extents(module, file, roles);
  }
  if (module.has(roles.left) || module.has(roles.right)) {
    return wrong(format("has both {} and a product for it", lora_role_name(whole)));
  }
  return {file.info(module.name(whole)).shape, 0, std::nullopt};
}

Extents hadamard_extents(const LoraModule& module, const WeightFiles& file) {
  Extents first = product_extents(module, file, hada_product_1);
  const Extents second = product_extents(module, file, hada_product_2);
  if (first.problem || second.problem) {
    return first.problem ? first : second;
  }
  if (first.shape != second.shape) {
    return wrong(format("the first product is {}, the second is {}", shape_text(first.shape), shape_text(second.shape)));
  }
  return first;
}

Extents kronecker_extents(const LoraModule& module, const WeightFiles& file) {
  const Extents first = factor_extents(module, file, LoraRole::lokr_w1, lokr_product_1);
  Extents second = factor_extents(module, file, LoraRole::lokr_w2, lokr_product_2);
  if (first.problem || second.problem) {
    return first.problem ? first : second;
  }
  if (!is_pointwise(first.shape)) {
    return wrong(format("lokr_w1 is {}, expected a matrix", shape_text(first.shape)));
  }
  second.shape[0] *= first.shape[0];
  second.shape[1] *= first.shape[1];
  second.rank = second.rank == 0 ? first.rank : second.rank;
  return second;
}

// What a role makes of the layer; absent for those that go with any kind.
std::optional<LoraKind> kind_of(LoraRole role) {
  switch (role) {
    case LoraRole::down:
    case LoraRole::up:
    case LoraRole::mid:
      return LoraKind::low_rank;
    case LoraRole::hada_w1_a:
    case LoraRole::hada_w1_b:
    case LoraRole::hada_t1:
    case LoraRole::hada_w2_a:
    case LoraRole::hada_w2_b:
    case LoraRole::hada_t2:
      return LoraKind::hadamard;
    case LoraRole::lokr_w1:
    case LoraRole::lokr_w1_a:
    case LoraRole::lokr_w1_b:
    case LoraRole::lokr_w2:
    case LoraRole::lokr_w2_a:
    case LoraRole::lokr_w2_b:
    case LoraRole::lokr_t2:
      return LoraKind::kronecker;
    case LoraRole::diff:
    case LoraRole::diff_b:
      return LoraKind::difference;
    case LoraRole::alpha:
    case LoraRole::dora_scale:
      return std::nullopt;
  }
  return std::nullopt;
}

// The kind that all tensors of the layer have; a LoRA when none says it.
std::optional<std::string> settle_kind(LoraModule& module) {
  std::optional<LoraRole> first;
  for (const auto& [role, name] : module.tensors) {
    const std::optional<LoraKind> kind = kind_of(role);
    if (!kind) {
      continue;
    }
    if (first && *kind != module.kind) {
      return format("has both {} and {}", lora_role_name(*first), lora_role_name(role));
    }
    first = first.value_or(role);
    module.kind = *kind;
  }
  return std::nullopt;
}

std::optional<std::string> tensor_problem(const LoraModule& module, const WeightFiles& file) {
  for (const auto& [role, name] : module.tensors) {
    const TensorInfo& info = file.info(name);
    const size_t extents = info.shape.size();
    if (role == LoraRole::alpha) {
      continue;
    }
    if (module.kind == LoraKind::difference ? extents != 1 && extents != 2 && extents != 4 : extents != 2 && extents != 4) {
      return format("{} is {}, expected {}two or four extents", name, shape_text(info.shape),
                    module.kind == LoraKind::difference ? "one, " : "");
    }
    if (!c10::isFloatingType(info.dtype)) {
      return format("{} is {}, expected a floating-point type", name, safetensors_dtype_name(info.dtype));
    }
  }
  return std::nullopt;
}

Extents extents_of(const LoraModule& module, const WeightFiles& file) {
  switch (module.kind) {
    case LoraKind::low_rank:
      return product_extents(module, file, lora_product);
    case LoraKind::hadamard:
      return hadamard_extents(module, file);
    case LoraKind::kronecker:
      return kronecker_extents(module, file);
    case LoraKind::difference:
      break;
  }
  const LoraRole role = module.field == LoraField::bias ? LoraRole::diff_b : LoraRole::diff;
  if (module.has(LoraRole::dora_scale)) {
    return wrong(format("has both {} and dora_scale", lora_role_name(role)));
  }
  return {file.info(module.name(role)).shape, 0, std::nullopt};
}

Shape without_ones(Shape shape) {
  while (shape.size() > 1 && shape.back() == 1) {
    shape.pop_back();
  }
  return shape;
}

}  // namespace

std::string LoraModule::name(LoraRole role) const {
  const auto found = tensors.find(role);
  return found == tensors.end() ? std::string() : found->second;
}

std::optional<std::string> settle_lora_module(LoraModule& module, const WeightFiles& file) {
  if (std::optional<std::string> problem = settle_kind(module)) {
    return problem;
  }
  if (std::optional<std::string> problem = tensor_problem(module, file)) {
    return problem;
  }
  Extents extents = extents_of(module, file);
  module.shape = std::move(extents.shape);
  module.rank = extents.rank;
  return extents.problem;
}

bool fits(const LoraModule& module, const std::vector<int64_t>& parameter_shape) {
  const Shape shape = without_ones(module.shape);
  const Shape wanted = without_ones(parameter_shape);
  if (shape == wanted) {
    return true;
  }
  const bool of_matrices = module.kind == LoraKind::hadamard || module.kind == LoraKind::kronecker;
  return of_matrices && module.shape.size() == 2 && parameter_shape.size() == 4 && module.shape[0] == parameter_shape[0] &&
         module.shape[1] == parameter_shape[1] * parameter_shape[2] * parameter_shape[3];
}

std::string shape_text(const std::vector<int64_t>& shape) { return format("[{}]", fmt::join(shape, ",")); }

}  // namespace darkroom
