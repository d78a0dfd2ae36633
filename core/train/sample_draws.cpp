// SPDX-License-Identifier: Apache-2.0
// One counter-based stream for each purpose and phase; the sample's order number is the counter's lane.
#include "core/train/sample_draws.h"

#include <algorithm>

#include "core/tensor/counter_rng.h"

namespace darkroom {
namespace {

enum class Purpose : uint64_t { timestep = 1, dropout = 2, noise = 3 };

RandomKey key_for(const SampleKey& key, Purpose purpose) {
  return {.seed = key.seed, .stream = (static_cast<uint64_t>(purpose) << 48) | static_cast<uint64_t>(key.phase), .sample = key.order};
}

}  // namespace

int64_t draw_timestep(const SampleKey& key, int64_t train_steps) {
  const double unit = counter_unit(key_for(key, Purpose::timestep), 0);
  return std::min(static_cast<int64_t>(unit * static_cast<double>(train_steps)), train_steps - 1);
}

bool draw_caption_dropout(const SampleKey& key, double probability) {
  return counter_unit(key_for(key, Purpose::dropout), 0) < probability;
}

torch::Tensor draw_noise(const SampleKey& key, int64_t numel) { return counter_normal(numel, key_for(key, Purpose::noise)); }

}  // namespace darkroom
