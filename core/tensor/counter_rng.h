// SPDX-License-Identifier: Apache-2.0
// Random numbers without state: a pure function of a key, so results do not depend on ranks, batch split or what ran before.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace darkroom {

/// Names one stream of random numbers: (seed, step or stream, sample).
struct RandomKey {
  uint64_t seed = 0;
  uint64_t stream = 0;  ///< optimiser step, or a hash of what the numbers are for
  uint64_t sample = 0;  ///< index of the sample within the data order
};

/// U[0, 1), float32 [count] on the CPU. Philox4x32-10 with key = seed and counter = (block, stream, sample) mixed; element i depends on
/// the key and i alone.
/// source  Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"
torch::Tensor counter_uniform(int64_t count, const RandomKey& key);

/// N(0, 1), float32 [count] on the CPU, by Box-Muller over pairs of the same stream.
torch::Tensor counter_normal(int64_t count, const RandomKey& key);

/// One 64-bit word of the stream.
uint64_t counter_word(const RandomKey& key, uint64_t index);

/// One uniform double in [0, 1) of the stream.
double counter_unit(const RandomKey& key, uint64_t index);

}  // namespace darkroom
