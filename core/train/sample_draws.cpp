// SPDX-License-Identifier: Apache-2.0
// One counter-based stream for each purpose and phase; the sample's order number is the counter's lane.
#include "core/train/sample_draws.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/tensor/counter_rng.h"

namespace darkroom {
namespace {

enum class Purpose : uint64_t { timestep = 1, dropout = 2, noise = 3, offset = 4 };

RandomKey key_for(const SampleKey& key, Purpose purpose) {
  return {.seed = key.seed, .stream = (static_cast<uint64_t>(purpose) << 48) | static_cast<uint64_t>(key.phase), .sample = key.order};
}

}  // namespace

TimestepRule timestep_rule_of(const PhasePlan& phase) {
  return {.spread = phase.timestep_sampling == "logit_normal" ? TimestepRule::Spread::logit_normal : TimestepRule::Spread::uniform,
          .mean = phase.timestep_mean,
          .deviation = phase.timestep_std};
}

int64_t draw_timestep(const SampleKey& key, int64_t train_steps, const TimestepRule& rule) {
  const RandomKey random = key_for(key, Purpose::timestep);
  double unit = counter_unit(random, 0);
  if (rule.spread == TimestepRule::Spread::logit_normal) {
    const double normal = std::sqrt(-2 * std::log1p(-unit)) * std::cos(2 * std::numbers::pi * counter_unit(random, 1));
    unit = 1 / (1 + std::exp(-(rule.mean + rule.deviation * normal)));
  }
  return std::min(static_cast<int64_t>(unit * static_cast<double>(train_steps)), train_steps - 1);
}

bool draw_caption_dropout(const SampleKey& key, double probability) {
  return counter_unit(key_for(key, Purpose::dropout), 0) < probability;
}

torch::Tensor draw_offset(const SampleKey& key, int64_t channels) { return counter_normal(channels, key_for(key, Purpose::offset)); }

torch::Tensor draw_noise(const SampleKey& key, int64_t numel) { return counter_normal(numel, key_for(key, Purpose::noise)); }

}  // namespace darkroom
