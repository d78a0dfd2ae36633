// SPDX-License-Identifier: Apache-2.0
// What parameters a model has, where each lies in a flat buffer, and how it starts.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace darkroom {

/// How a parameter of a model trained from scratch starts.
enum class ParameterInit {
  zeros,
  ones,
  uniform,  ///< U(-scale, scale); PyTorch's default for linear and convolution layers with scale = 1/sqrt(fan_in)
  normal,   ///< N(0, scale²)
};

/// How a layer multiplies with a weight: what a layout for inference alone may be made for.
struct WeightUse {
  enum class Kind {
    other,        ///< anything else; the weight stays as it is
    linear,       ///< y = x Wᵀ; [O,I], or [O,I,1,1] in files that hold a 1x1 convolution
    convolution,  ///< over pixels, [O,I,K,K]
    upsampling,   ///< a 3x3 convolution with padding 1 behind a nearest-neighbour doubling of the sides, [O,I,3,3]
  };
  Kind kind = Kind::other;
  int64_t stride = 1;   ///< of a convolution
  int64_t padding = 0;  ///< of a convolution
};

/// One named parameter.
struct ParameterSlot {
  std::string name;            ///< as in the diffusers/transformers file: "down_blocks.0.resnets.0.conv1.weight"
  std::vector<int64_t> shape;  ///< as in files: convolutions O,I,H,W
  ParameterInit init = ParameterInit::zeros;
  double scale = 0;    ///< of `init`
  int64_t offset = 0;  ///< first element in each flat buffer; a multiple of ParameterLayout::alignment
  int64_t numel = 0;
  WeightUse use = {};
};

/// Tensors in slot order. A module is given the weights at each call, so that live, EMA and borrowed weights need no second module.
using Weights = std::vector<torch::Tensor>;

/// The parameters of one model, in the order in which its forward pass first uses them. Modules fill it while they are built.
class ParameterLayout {
 public:
  /// Elements; each slot starts on a 256-byte border of an fp32 buffer. The gap stays zero.
  static constexpr int64_t alignment = 64;

  /// Returns the slot's index. throws std::invalid_argument on a name used twice or an empty shape
  int add(std::string name, std::vector<int64_t> shape, ParameterInit init, double scale = 0);

  /// Says how the layer that added a slot multiplies with it.
  void set_use(int index, const WeightUse& use) { slots_.at(static_cast<size_t>(index)).use = use; }

  int size() const { return static_cast<int>(slots_.size()); }
  const ParameterSlot& slot(int index) const { return slots_.at(static_cast<size_t>(index)); }
  /// In layout order. (`slots` alone is a word of Qt's.)
  const std::vector<ParameterSlot>& all_slots() const { return slots_; }
  /// -1 is never returned: throws std::invalid_argument naming the parameter when there is none.
  int index_of(const std::string& name) const;
  bool contains(const std::string& name) const { return by_name_.contains(name); }

  /// Sum of numel over all slots: the "number of parameters".
  int64_t parameter_count() const { return parameter_count_; }
  /// Elements of a flat buffer, gaps included.
  int64_t flat_size() const { return flat_size_; }

 private:
  std::vector<ParameterSlot> slots_;
  std::unordered_map<std::string, int> by_name_;
  int64_t parameter_count_ = 0;
  int64_t flat_size_ = 0;
};

}  // namespace darkroom
