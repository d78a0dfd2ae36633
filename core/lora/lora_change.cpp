// SPDX-License-Identifier: Apache-2.0
// Sources: as lora_module.cpp; DoRA: Liu et al. 2024, arXiv:2402.09353. A convolution's update is one matrix product too, over its weight
// seen as [O, I·K·K]; under channels_last that view is [O, K·K·I], so the small factors are brought into that order instead of the far
// larger weight. Where dora_scale gives the lengths of rows, the length is that of the changed row, as LyCORIS trains it; ComfyUI divides
// by that of the unchanged one.
#include "core/lora/lora_change.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "core/base/format.h"

namespace darkroom {
namespace {

// A 4-D weight that lies O,K,K,I.
bool is_channels_last(const torch::Tensor& weight) {
  return weight.dim() == 4 && !weight.is_contiguous() && weight.is_contiguous(at::MemoryFormat::ChannelsLast);
}

class Change {
 public:
  Change(const LoraFile& file, const LoraModule& module, const torch::Tensor& sum)
      : file_(file), module_(module), device_(sum.device()), channels_last_(is_channels_last(sum)), sizes_(sum.sizes().vec()) {}

  // sum += factor · change
  void add_to(const torch::Tensor& sum, double factor) const {
    switch (module_.kind) {
      case LoraKind::low_rank:
        return add_low_rank(sum, factor);
      case LoraKind::hadamard:
        return add_hadamard(sum, factor);
      case LoraKind::kronecker:
        return add_kronecker(sum, factor);
      case LoraKind::difference:
        sum.add_(read(module_.field == LoraField::bias ? LoraRole::diff_b : LoraRole::diff).view(sum.sizes()), factor);
    }
  }

  torch::Tensor read(LoraRole role) const {
    const std::string name = module_.name(role);
    torch::Tensor tensor = file_.tensor(name).to(torch::TensorOptions().dtype(torch::kFloat32).device(device_));
    // One pass: the sum is finite unless a value is not, or all of them are huge.
    if (!std::isfinite(tensor.sum().item<float>()) && !at::isfinite(tensor).all().item<bool>()) {
      fail(ErrorCode::bad_input, "{}: {} holds a NaN or an infinity", file_.path().string(), name);
    }
    return tensor;
  }

 private:
  struct Factors {
    torch::Tensor left_OR;
    torch::Tensor right_RD;  // D runs as the columns of the weight's view do
  };

  Factors factors(const LoraProduct& roles) const {
    torch::Tensor left = read(roles.left).flatten(1);
    torch::Tensor right = read(roles.right);
    if (roles.core && module_.has(*roles.core)) {
      right = at::einsum("prkl,ri->pikl", {read(*roles.core), right.flatten(1)});
      left = roles.turned ? left.t() : left;
    }
    return {std::move(left), std::move(right)};
  }

  // [R, I·K·K] in the order of the weight's columns.
  torch::Tensor in_order(const torch::Tensor& right) const {
    if (!channels_last_) {
      return right.flatten(1);
    }
    return right.reshape({right.size(0), sizes_[1], sizes_[2], sizes_[3]}).permute({0, 2, 3, 1}).flatten(1);
  }

  // The weight as the matrix that the products make.
  torch::Tensor as_matrix(const torch::Tensor& sum) const {
    return (channels_last_ ? sum.permute({0, 2, 3, 1}) : sum).view({sum.size(0), -1});
  }

  void add_low_rank(const torch::Tensor& sum, double factor) const {
    const Factors product = factors(lora_product);
    as_matrix(sum).addmm_(product.left_OR, in_order(product.right_RD), 1, factor);
  }

  void add_hadamard(const torch::Tensor& sum, double factor) const {
    const Factors first = factors(hada_product_1);
    const Factors second = factors(hada_product_2);
    as_matrix(sum).addcmul_(at::mm(first.left_OR, in_order(first.right_RD)), at::mm(second.left_OR, in_order(second.right_RD)), factor);
  }

  torch::Tensor kronecker_factor(LoraRole whole, const LoraProduct& roles) const {
    if (module_.has(whole)) {
      return read(whole).flatten(1);
    }
    const Factors product = factors(roles);
    return at::mm(product.left_OR, product.right_RD.flatten(1));
  }

  // W[a·B + b, c·E + e] += factor · w1[a,c] · w2[b,e], where E holds the kernel too.
  void add_kronecker(const torch::Tensor& sum, double factor) const {
    const torch::Tensor first_AC = kronecker_factor(LoraRole::lokr_w1, lokr_product_1);
    const torch::Tensor second_BE = kronecker_factor(LoraRole::lokr_w2, lokr_product_2);
    const torch::Tensor first = first_AC.view({first_AC.size(0), 1, first_AC.size(1), 1});
    const torch::Tensor second = second_BE.view({1, second_BE.size(0), 1, second_BE.size(1)});
    if (channels_last_) {
      sum.add_((first * second).view(sizes_), factor);
    } else {
      sum.view({first_AC.size(0), second_BE.size(0), first_AC.size(1), second_BE.size(1)}).addcmul_(first, second, factor);
    }
  }

  const LoraFile& file_;
  const LoraModule& module_;
  torch::Device device_;
  bool channels_last_;
  std::vector<int64_t> sizes_;
};

// sum += scale · (m · V / |V| - sum) with V = sum + strength · change.
void add_decomposed(torch::Tensor& sum, const Change& change, const LoraModule& module, double scale) {
  const torch::Tensor lengths = change.read(LoraRole::dora_scale);
  std::vector<int64_t> axes(static_cast<size_t>(sum.dim()));
  std::iota(axes.begin(), axes.end(), 0);
  const bool of_rows = lengths.size(0) == sum.size(0) && lengths.size(1) == 1;
  axes.erase(axes.begin() + (of_rows ? 0 : 1));
  std::vector<int64_t> shape(static_cast<size_t>(sum.dim()), 1);
  shape[of_rows ? 0 : 1] = -1;
  torch::Tensor changed = sum.clone(at::MemoryFormat::Preserve);
  change.add_to(changed, module.strength);
  const torch::Tensor norm = at::linalg_vector_norm(changed, 2, at::IntArrayRef(axes), /*keepdim=*/true);
  changed.mul_(lengths.view(shape) / (norm + std::numeric_limits<float>::epsilon()));
  sum.add_(changed.sub_(sum), scale);
}

}  // namespace

void add_change(torch::Tensor& sum, const LoraFile& file, const LoraModule& module, double scale) {
  const Change change(file, module, sum);
  if (module.has(LoraRole::dora_scale)) {
    add_decomposed(sum, change, module, scale);
  } else {
    change.add_to(sum, scale * module.strength);
  }
}

}  // namespace darkroom
