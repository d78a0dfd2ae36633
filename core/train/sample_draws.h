// SPDX-License-Identifier: Apache-2.0
// What chance decides for one training sample: its noise, its noise level, and whether it loses its caption.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace darkroom {

/// Names a sample of a run: the draws depend on nothing else, so not on ranks, batch split, workers or what ran before.
struct SampleKey {
  uint64_t seed = 0;   ///< of the plan
  int64_t phase = 0;   ///< index in the plan
  uint64_t order = 0;  ///< MixtureSample::order: the sample's number in the phase's order of data
};

/// A train step, uniform over 0 … train_steps - 1.
int64_t draw_timestep(const SampleKey& key, int64_t train_steps);
/// True with probability `probability`.
bool draw_caption_dropout(const SampleKey& key, double probability);
/// Standard normal noise, float32 [numel] on the CPU.
torch::Tensor draw_noise(const SampleKey& key, int64_t numel);

}  // namespace darkroom
