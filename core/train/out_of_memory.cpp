// SPDX-License-Identifier: Apache-2.0
#include "core/train/out_of_memory.h"

#include <c10/util/Exception.h>

#include <new>

#include "core/base/format.h"

namespace darkroom {
namespace {

std::string_view words_of(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  return torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
}

int64_t next_smaller_divisor(int64_t number, int64_t below) {
  int64_t divisor = below - 1;
  while (divisor > 1 && number % divisor != 0) {
    --divisor;
  }
  return divisor;
}

}  // namespace

bool is_out_of_memory(const std::exception& error) {
  // The CPU's allocator has no exception type of its own; only its sentence tells.
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr || dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
         words_of(error).find("can't allocate memory") != std::string_view::npos;
}

std::string out_of_memory_advice(const std::exception& error, torch::Device device, const BatchPlan& batch, bool recomputes,
                                 int64_t saved_step) {
  std::string advice;
  if (batch.per_device > 1) {
    const int64_t samples = batch.per_device * batch.accumulation;
    const int64_t smaller = next_smaller_divisor(samples, batch.per_device);
    advice = format("set batch.per_device from {} to {} and batch.accumulation from {} to {} (the batch of a step stays the same)",
                    batch.per_device, smaller, batch.accumulation, samples / smaller);
  }
  if (!recomputes) {
    advice += format("{}set recompute to \"blocks\"", advice.empty() ? "" : ", or ");
  }
  if (advice.empty()) {
    advice = "use a device with more memory: a micro-batch is one sample and blocks are recomputed already";
  }
  return format(
      "The memory of {} ran out in the step after {}. To go on, {}; then `train --resume --plan` with the changed plan. The state is "
      "saved up to that step. ({})",
      device.str(), saved_step, advice, words_of(error));
}

}  // namespace darkroom
