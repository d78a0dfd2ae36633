// SPDX-License-Identifier: Apache-2.0
// Running the real modules without numbers: tensors on the device `meta` have shapes and lifetimes, and nothing else.
#pragma once

#include <cstdint>
#include <memory>

namespace darkroom {

/// While it lives, tensors on the device `meta` are counted as if they took memory, and the operators of a training step that have no
/// shape-only form in LibTorch have one. So the memory of a step comes from the very code that trains, and there is no second description
/// of a model to keep in step with the first.
///
/// What is counted is what LibTorch's allocator would hand out on a CPU: tensors, what autograd saves, gradients on their way. Scratch
/// memory inside oneDNN, cuBLAS or cuDNN is not. One at a time in a process: a second one waits. To be used and destroyed on one thread.
class ShapeOnlyRun {
 public:
  ShapeOnlyRun();
  ~ShapeOnlyRun();
  ShapeOnlyRun(const ShapeOnlyRun&) = delete;
  ShapeOnlyRun& operator=(const ShapeOnlyRun&) = delete;

  int64_t live_bytes() const;
  /// The most since the start or the last start_peak().
  int64_t peak_bytes() const;
  void start_peak();
  /// Multiplications and additions of matrix products, convolutions and attention so far, forward and backward: 2 for each pair.
  double flops() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace darkroom
