// SPDX-License-Identifier: Apache-2.0
// Every epoch's slots are dealt to the sources by the same schedule (largest remainder, so shares hold in every short stretch too), and
// what a source gives at its n-th slot is position n of a stream of keyed permutations. So any batch can be computed by itself.
#include "core/dataset/mixture.h"

#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "core/base/format.h"
#include "core/base/json_reader.h"

namespace darkroom {
namespace {

constexpr int feistel_rounds = 6;
constexpr uint64_t schedule_block = 4096;
constexpr size_t most_sources = 255;

uint64_t mix(uint64_t a, uint64_t b) {
  const uint64_t words[2] = {a, b};
  return XXH3_64bits(words, sizeof words);
}

// SplitMix64's finaliser.
uint64_t scramble(uint64_t value) {
  value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ value >> 27) * 0x94D049BB133111EBULL;
  return value ^ value >> 31;
}

}  // namespace

KeyedPermutation::KeyedPermutation(uint64_t count, uint64_t key) : count_(count), key_(key) {
  if (count < 1 || count > uint64_t{1} << 62) {
    throw std::invalid_argument(format("[KeyedPermutation] count must be 1 to 2^62, got {}", count));
  }
  half_bits_ = 1;
  while (half_bits_ < 31 && uint64_t{1} << (2 * half_bits_) < count) {
    ++half_bits_;
  }
}

uint64_t KeyedPermutation::operator()(uint64_t index) const {
  if (index >= count_) {
    throw std::invalid_argument(format("[KeyedPermutation] index {} of {}", index, count_));
  }
  const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  do {
    uint64_t left = index >> half_bits_;
    uint64_t right = index & mask;
    for (uint64_t round = 0; round < feistel_rounds; ++round) {
      const uint64_t next = left ^ (scramble(right + key_ + round * 0x9E3779B97F4A7C15ULL) & mask);
      left = right;
      right = next;
    }
    index = left << half_bits_ | right;
  } while (index >= count_);
  return index;
}

Json to_json(const MixturePosition& position) { return Json{{"epoch", position.epoch}, {"batch", position.batch}}; }

MixturePosition mixture_position_from_json(const Json& json, std::string_view where) {
  std::vector<Problem> problems;
  JsonReader reader(json, "", problems);
  MixturePosition position;
  reader.require("epoch");
  reader.require("batch");
  reader.read("epoch", position.epoch, 0);
  reader.read("batch", position.batch, 0);
  if (!problems.empty()) {
    fail(ErrorCode::bad_input, "{}: {}: {}", where, problems.front().pointer, problems.front().message);
  }
  return position;
}

Mixture::Mixture(std::vector<MixtureSource> sources, const Options& options) : options_(options) {
  if (sources.empty() || sources.size() > most_sources) {
    throw std::invalid_argument(format("[Mixture] 1 to {} sources, got {}", most_sources, sources.size()));
  }
  if (options.global_batch < 1 || options.world_size < 1 || options.global_batch % options.world_size != 0) {
    throw std::invalid_argument(
        format("[Mixture] global_batch must be a multiple of world_size, got {} and {}", options.global_batch, options.world_size));
  }
  uint64_t rows = 0;
  double shares = 0;
  for (const MixtureSource& source : sources) {
    const uint64_t part = std::min(source.rows, source.limit.value_or(source.rows));
    if (part < 1 || !(source.share > 0) || !std::isfinite(source.share)) {
      throw std::invalid_argument(
          format("[Mixture] every source needs rows and a positive share, got {} rows and share {}", part, source.share));
    }
    parts_.push_back({.rows = part, .all = source.rows, .dealt = 0});
    rows += part;
    shares += source.share;
  }
  batches_ = epoch_batches(rows, options.global_batch);
  slots_ = static_cast<uint64_t>(batches_ * options.global_batch);
  if (parts_.size() == 1) {
    parts_[0].dealt = slots_;
    return;
  }
  // At each slot the source that is furthest behind its share is served.
  std::vector<double> wanted(parts_.size());
  for (size_t i = 0; i < parts_.size(); ++i) {
    wanted[i] = sources[i].share / shares;
  }
  schedule_.resize(slots_);
  for (uint64_t slot = 0; slot < slots_; ++slot) {
    if (slot % schedule_block == 0) {
      for (const Part& part : parts_) {
        schedule_counts_.push_back(part.dealt);
      }
    }
    size_t best = 0;
    double most_behind = -1e300;
    for (size_t i = 0; i < parts_.size(); ++i) {
      const double behind = wanted[i] * static_cast<double>(slot + 1) - static_cast<double>(parts_[i].dealt);
      if (behind > most_behind + 1e-9) {
        most_behind = behind;
        best = i;
      }
    }
    schedule_[slot] = static_cast<uint8_t>(best);
    ++parts_[best].dealt;
  }
}

uint32_t Mixture::source_of(uint64_t slot) const { return schedule_.empty() ? 0U : schedule_[slot]; }

uint64_t Mixture::slots_before(uint32_t source, uint64_t slot) const {
  if (schedule_.empty()) {
    return slot;
  }
  const uint64_t block = slot / schedule_block;
  const auto begin = schedule_.begin() + static_cast<std::ptrdiff_t>(block * schedule_block);
  const auto end = schedule_.begin() + static_cast<std::ptrdiff_t>(slot);
  return schedule_counts_[block * parts_.size() + source] + static_cast<uint64_t>(std::count(begin, end, static_cast<uint8_t>(source)));
}

MixtureSample Mixture::sample_at(int64_t epoch, uint64_t slot) const {
  const uint32_t source = source_of(slot);
  const Part& part = parts_[source];
  const auto epoch_number = static_cast<uint64_t>(epoch);
  const uint64_t passes = (part.dealt + part.rows - 1) / part.rows;
  const uint64_t start = part.dealt >= part.rows ? epoch_number * passes * part.rows : epoch_number * part.dealt;
  const uint64_t position = start + slots_before(source, slot);
  const uint64_t source_key = mix(mix(options_.seed, 0x6D697874757265ULL), source);
  const uint64_t pass_key = mix(mix(source_key, static_cast<uint64_t>(options_.phase)), position / part.rows);
  uint64_t row = KeyedPermutation(part.rows, pass_key)(position % part.rows);
  if (part.rows < part.all) {  // the limit's choice: the same in every phase and epoch
    row = KeyedPermutation(part.all, source_key)(row);
  }
  return {.source = source, .row = row, .order = epoch_number * slots_ + slot};
}

std::vector<MixtureSample> Mixture::samples(const MixturePosition& position, int64_t rank) const {
  if (position.epoch < 0 || position.batch < 0 || position.batch >= batches_ || rank < 0 || rank >= options_.world_size) {
    throw std::invalid_argument(format("[Mixture::samples] epoch {}, batch {} of {}, rank {} of {}", position.epoch, position.batch,
                                       batches_, rank, options_.world_size));
  }
  std::vector<MixtureSample> samples;
  samples.reserve(static_cast<size_t>(options_.global_batch / options_.world_size));
  const auto first = static_cast<uint64_t>(position.batch * options_.global_batch);
  for (int64_t i = rank; i < options_.global_batch; i += options_.world_size) {
    samples.push_back(sample_at(position.epoch, first + static_cast<uint64_t>(i)));
  }
  return samples;
}

MixturePosition Mixture::next(const MixturePosition& position) const {
  return position.batch + 1 < batches_ ? MixturePosition{.epoch = position.epoch, .batch = position.batch + 1}
                                       : MixturePosition{.epoch = position.epoch + 1, .batch = 0};
}

}  // namespace darkroom
