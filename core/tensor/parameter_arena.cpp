// SPDX-License-Identifier: Apache-2.0
// Gradients: AccumulateGrad adds in place into a .grad that is already defined, so binding .grad once keeps all gradients in the arena.
#include "core/tensor/parameter_arena.h"

#include "core/base/format.h"
#include "core/tensor/counter_rng.h"

namespace darkroom {
namespace {

// FNV-1a: a fixed, platform-independent stream number for a parameter's name.
uint64_t stream_of(const std::string& name) {
  uint64_t hash = 14695981039346656037ULL;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  return hash;
}

}  // namespace

torch::Tensor initial_values(const ParameterSlot& slot, uint64_t seed) {
  switch (slot.init) {
    case ParameterInit::zeros:
      return torch::zeros(slot.shape);
    case ParameterInit::ones:
      return torch::ones(slot.shape);
    case ParameterInit::uniform:
      return counter_uniform(slot.numel, {seed, stream_of(slot.name), 0}).mul_(2 * slot.scale).sub_(slot.scale).view(slot.shape);
    case ParameterInit::normal:
      return counter_normal(slot.numel, {seed, stream_of(slot.name), 0}).mul_(slot.scale).view(slot.shape);
  }
  throw std::invalid_argument("[initial_values] unknown ParameterInit");
}

torch::Tensor slot_view(const torch::Tensor& flat, const ParameterSlot& slot, ConvolutionMemory memory) {
  const torch::Tensor block = flat.narrow(0, slot.offset, slot.numel);
  if (memory == ConvolutionMemory::channels_last && slot.shape.size() == 4) {
    return block.view({slot.shape[0], slot.shape[2], slot.shape[3], slot.shape[1]}).permute({0, 3, 1, 2});
  }
  return block.view(slot.shape);
}

ParameterArena::ParameterArena(ParameterLayout layout, ArenaOptions options) : layout_(std::move(layout)), options_(options) {
  if (options_.working_dtype != torch::kFloat32 && options_.working_dtype != torch::kBFloat16) {
    throw std::invalid_argument("[ParameterArena] working_dtype must be float32 or bfloat16");
  }
  const auto fp32 = torch::TensorOptions().dtype(torch::kFloat32).device(options_.device);
  const bool shares_master = options_.working_dtype == torch::kFloat32;
  if (options_.emas < 1 || options_.emas > ema_buffers.size()) {
    throw std::invalid_argument(format("[ParameterArena] emas must be 1 to {}, got {}", ema_buffers.size(), options_.emas));
  }
  std::vector<ArenaBuffer> buffers{ArenaBuffer::master, ArenaBuffer::gradient};
  if (options_.moments == Moments::fp32) {
    buffers.insert(buffers.end(), {ArenaBuffer::exp_avg, ArenaBuffer::exp_avg_sq});
  }
  buffers.insert(buffers.end(), ema_buffers.begin(), ema_buffers.begin() + static_cast<std::ptrdiff_t>(options_.emas));
  for (const ArenaBuffer buffer : buffers) {
    flat_[static_cast<size_t>(buffer)] = torch::zeros({layout_.flat_size()}, fp32);
  }
  flat_[static_cast<size_t>(ArenaBuffer::working)] =
      shares_master ? flat(ArenaBuffer::master) : torch::zeros({layout_.flat_size()}, fp32.dtype(options_.working_dtype));

  leaves_.reserve(static_cast<size_t>(layout_.size()));
  for (int i = 0; i < layout_.size(); ++i) {
    torch::Tensor leaf = view(ArenaBuffer::working, i).detach().set_requires_grad(true);
    if (shares_master) {
      leaf.mutable_grad() = view(ArenaBuffer::gradient, i);
    }
    leaves_.push_back(std::move(leaf));
  }
}

torch::Tensor ParameterArena::flat(ArenaBuffer buffer) const {
  const torch::Tensor& whole = flat_.at(static_cast<size_t>(buffer));
  if (!whole.defined()) {
    throw std::invalid_argument(format("[ParameterArena::flat] this arena has no buffer {}", static_cast<int>(buffer)));
  }
  return whole;
}

torch::Tensor ParameterArena::view(ArenaBuffer buffer, int slot) const {
  return slot_view(flat(buffer), layout_.slot(slot), options_.convolution_memory);
}

Weights ParameterArena::views(ArenaBuffer buffer) const {
  Weights weights;
  weights.reserve(static_cast<size_t>(layout_.size()));
  for (int i = 0; i < layout_.size(); ++i) {
    weights.push_back(view(buffer, i));
  }
  return weights;
}

void ParameterArena::initialize(uint64_t seed) {
  Weights values;
  values.reserve(static_cast<size_t>(layout_.size()));
  for (const ParameterSlot& slot : layout_.all_slots()) {
    values.push_back(initial_values(slot, seed));
  }
  load(values);
}

void ParameterArena::load(const Weights& weights) {
  if (weights.size() != static_cast<size_t>(layout_.size())) {
    throw std::invalid_argument(format("[ParameterArena::load] expected {} tensors, got {}", layout_.size(), weights.size()));
  }
  const torch::NoGradGuard no_grad;
  for (int i = 0; i < layout_.size(); ++i) {
    const torch::Tensor& source = weights[static_cast<size_t>(i)];
    if (source.sizes() != at::IntArrayRef(layout_.slot(i).shape)) {
      throw std::invalid_argument(format("[ParameterArena::load] {} must be [{}], got [{}]", layout_.slot(i).name,
                                         fmt::join(layout_.slot(i).shape, ","), fmt::join(source.sizes(), ",")));
    }
    view(ArenaBuffer::master, i).copy_(source);
  }
  for (size_t i = 0; i < options_.emas; ++i) {
    flat(ema_buffers.at(i)).copy_(flat(ArenaBuffer::master));
  }
  if (options_.moments == Moments::fp32) {
    flat(ArenaBuffer::exp_avg).zero_();
    flat(ArenaBuffer::exp_avg_sq).zero_();
  }
  refresh_working();
  zero_gradients();
}

void ParameterArena::refresh_working() {
  if (options_.working_dtype != torch::kFloat32) {
    const torch::NoGradGuard no_grad;
    flat(ArenaBuffer::working).copy_(flat(ArenaBuffer::master));
  }
}

void ParameterArena::zero_gradients() { flat(ArenaBuffer::gradient).zero_(); }

}  // namespace darkroom
