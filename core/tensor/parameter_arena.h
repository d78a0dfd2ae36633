// SPDX-License-Identifier: Apache-2.0
// Flat memory for everything that training keeps per parameter.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "core/tensor/parameter_layout.h"

namespace darkroom {

/// The flat buffers of a training run. All have ParameterLayout::flat_size() elements.
enum class ArenaBuffer {
  master,      ///< fp32 weights that the optimiser updates
  working,     ///< the weights that the forward pass reads: bf16, or the master itself in fp32
  gradient,    ///< fp32, summed over the micro-steps of one optimiser step
  exp_avg,     ///< fp32, AdamW's first moment; only with Moments::fp32
  exp_avg_sq,  ///< fp32, AdamW's second moment; only with Moments::fp32
  ema,         ///< fp32 moving average of the master
  ema_2,       ///< further ones, where ArenaOptions::emas asks for them
  ema_3,
};

/// Buffers for moving averages, in the order of a plan's decays.
inline constexpr std::array<ArenaBuffer, 3> ema_buffers{ArenaBuffer::ema, ArenaBuffer::ema_2, ArenaBuffer::ema_3};

enum class ConvolutionMemory { contiguous, channels_last };

/// Whether the arena holds both moments, or the optimiser keeps its state by itself in another form.
enum class Moments { fp32, none };

struct ArenaOptions {
  torch::Device device = torch::kCPU;
  torch::ScalarType working_dtype = torch::kFloat32;  ///< kFloat32 or kBFloat16
  ConvolutionMemory convolution_memory = ConvolutionMemory::channels_last;
  Moments moments = Moments::fp32;
  size_t emas = 1;  ///< moving averages, 1 to 3
};

/// One flat buffer each for the fp32 master, the working copy, gradients, both moments and each EMA; parameters are views into them.
///
/// So clip + AdamW + EMA + cast is one pass, a checkpoint is a few large writes, and all-reduce buckets are fixed slices.
/// Under channels_last a 4-D weight lies O,H,W,I in the buffer and is seen permuted as O,I,H,W; files always hold O,I,H,W.
/// Not thread-safe. The layout is copied.
class ParameterArena {
 public:
  ParameterArena(ParameterLayout layout, ArenaOptions options);
  ParameterArena(const ParameterArena&) = delete;
  ParameterArena& operator=(const ParameterArena&) = delete;

  const ParameterLayout& layout() const { return layout_; }
  const ArenaOptions& options() const { return options_; }

  /// The whole buffer, [flat_size]. throws std::invalid_argument for one that the options leave out
  torch::Tensor flat(ArenaBuffer buffer) const;
  /// One parameter as a view, in its file shape; strides follow ConvolutionMemory. No gradient.
  torch::Tensor view(ArenaBuffer buffer, int slot) const;
  /// All parameters of a buffer as views, for sampling (EMA) or reading.
  Weights views(ArenaBuffer buffer) const;
  /// Leaf tensors over `working` that require gradients; in fp32 their .grad is bound to views of `gradient`,
  /// in bf16 autograd's gradients are added to `gradient` as they arrive (see GradientReducer for the hook).
  const Weights& leaves() const { return leaves_; }

  /// Fills the master from the slots' ParameterInit with a generator keyed by (seed, slot name), copies it to working and EMAs,
  /// zeroes moments and gradients. The same numbers on every device and for every memory format.
  void initialize(uint64_t seed);
  /// Copies `weights` (any float dtype, file shapes, slot order) into master, working and EMAs; zeroes moments and gradients.
  void load(const Weights& weights);
  /// Master -> working (a cast; nothing in fp32).
  void refresh_working();
  void zero_gradients();

 private:
  ParameterLayout layout_;
  ArenaOptions options_;
  std::array<torch::Tensor, 8> flat_;
  Weights leaves_;
};

/// The values that a parameter starts with, by its ParameterInit: float32 in its file shape, on the CPU. Depends on the seed and the slot's
/// name.
torch::Tensor initial_values(const ParameterSlot& slot, uint64_t seed);

/// A view of `flat` (1-D) for one slot; 4-D slots under channels_last are permuted views of an O,H,W,I block.
torch::Tensor slot_view(const torch::Tensor& flat, const ParameterSlot& slot, ConvolutionMemory memory);

}  // namespace darkroom
