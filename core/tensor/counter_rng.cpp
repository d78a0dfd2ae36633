// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10. The 128-bit counter carries the block number and, mixed, the stream and the sample; the key carries the seed.
#include "core/tensor/counter_rng.h"

#include <ATen/Parallel.h>

#include <array>
#include <cmath>
#include <numbers>

namespace darkroom {
namespace {

using Words = std::array<uint32_t, 4>;

Words philox(Words counter, uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t{0xD2511F53} * counter[0];
    const uint64_t product1 = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key0, static_cast<uint32_t>(product1),
               static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key1, static_cast<uint32_t>(product0)};
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  return counter;
}

uint64_t mix(uint64_t x) {  // the finaliser of SplitMix64
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

Words block(const RandomKey& key, uint64_t index) {
  const uint64_t lane = mix(mix(key.stream + 0x9E3779B97F4A7C15ULL) ^ (key.sample + 0xD1B54A32D192ED03ULL));
  return philox(
      {static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32), static_cast<uint32_t>(lane), static_cast<uint32_t>(lane >> 32)},
      static_cast<uint32_t>(key.seed), static_cast<uint32_t>(key.seed >> 32));
}

float unit(uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24F; }

// Calls fill(block index, first element) for blocks of four elements, on all threads.
template <typename Fill>
torch::Tensor fill_blocks(int64_t count, const Fill& fill) {
  torch::Tensor values = torch::empty({count}, torch::kFloat32);
  float* out = values.data_ptr<float>();
  const int64_t blocks = (count + 3) / 4;
  at::parallel_for(0, blocks, 4096, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      std::array<float, 4> four = fill(static_cast<uint64_t>(i));
      const int64_t first = i * 4;
      for (int64_t k = 0; k < 4 && first + k < count; ++k) {
        out[first + k] = four[static_cast<size_t>(k)];
      }
    }
  });
  return values;
}

}  // namespace

torch::Tensor counter_uniform(int64_t count, const RandomKey& key) {
  return fill_blocks(count, [&](uint64_t index) {
    const Words words = block(key, index);
    return std::array<float, 4>{unit(words[0]), unit(words[1]), unit(words[2]), unit(words[3])};
  });
}

torch::Tensor counter_normal(int64_t count, const RandomKey& key) {
  return fill_blocks(count, [&](uint64_t index) {
    const Words words = block(key, index);
    std::array<float, 4> four{};
    for (size_t pair = 0; pair < 4; pair += 2) {
      const double radius = std::sqrt(-2.0 * std::log1p(-static_cast<double>(unit(words[pair]))));
      const double angle = 2.0 * std::numbers::pi * static_cast<double>(unit(words[pair + 1]));
      four[pair] = static_cast<float>(radius * std::cos(angle));
      four[pair + 1] = static_cast<float>(radius * std::sin(angle));
    }
    return four;
  });
}

uint64_t counter_word(const RandomKey& key, uint64_t index) {
  const Words words = block(key, index);
  return (uint64_t{words[1]} << 32) | words[0];
}

double counter_unit(const RandomKey& key, uint64_t index) { return static_cast<double>(counter_word(key, index) >> 11) * 0x1p-53; }

}  // namespace darkroom
