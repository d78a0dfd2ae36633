// SPDX-License-Identifier: Apache-2.0
// What chance decides for one training sample: its noise, its noise level, and whether it loses its caption.
#pragma once

#include <torch/types.h>

#include <cstdint>

#include "core/plan/training_plan.h"

namespace darkroom {

/// Names a sample of a run: the draws depend on nothing else, so not on ranks, batch split, workers or what ran before.
struct SampleKey {
  uint64_t seed = 0;   ///< of the plan
  int64_t phase = 0;   ///< index in the plan
  uint64_t order = 0;  ///< MixtureSample::order: the sample's number in the phase's order of data
};

/// How train steps are spread.
struct TimestepRule {
  enum class Spread {
    uniform,
    logit_normal,  ///< logistic(n) of 0 … 1, n normal with `mean` and `deviation`: few at both ends
  };
  Spread spread = Spread::uniform;
  double mean = 0;
  double deviation = 1;
};
/// The rule of a phase.
TimestepRule timestep_rule_of(const PhasePlan& phase);

/// A train step of 0 … train_steps - 1.
/// source  logit_normal: Esser et al. 2024, arXiv:2403.03206, section 3.1
int64_t draw_timestep(const SampleKey& key, int64_t train_steps, const TimestepRule& rule = {});
/// True with probability `probability`.
bool draw_caption_dropout(const SampleKey& key, double probability);
/// Standard normal noise, float32 [numel] on the CPU.
torch::Tensor draw_noise(const SampleKey& key, int64_t numel);
/// One standard normal number for each channel, float32 [channels] on the CPU: the common part of offset noise.
torch::Tensor draw_offset(const SampleKey& key, int64_t channels);

}  // namespace darkroom
