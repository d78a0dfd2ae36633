// SPDX-License-Identifier: Apache-2.0
// Which sample comes when: a pure function of (seed, phase, epoch, batch), so a position is two numbers and nothing is shuffled in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/json.h"
#include "core/plan/epoch_length.h"

namespace darkroom {

/// A permutation of 0…count-1 without a table: a keyed Feistel network over the next power of four, walked until it lands inside.
class KeyedPermutation {
 public:
  /// count >= 1
  KeyedPermutation(uint64_t count, uint64_t key);
  uint64_t operator()(uint64_t index) const;

 private:
  uint64_t count_;
  uint64_t key_;
  int half_bits_;
};

/// One dataset's part of a phase.
struct MixtureSource {
  uint64_t rows = 0;              ///< of the dataset
  double share = 1;               ///< > 0, relative to the other shares
  std::optional<uint64_t> limit;  ///< at most so many rows, a seeded choice that is the same in every epoch
};

/// One sample of a batch.
struct MixtureSample {
  uint32_t source = 0;  ///< index into the sources
  uint64_t row = 0;     ///< of that source's TrainingSet
  uint64_t order = 0;   ///< 0, 1, 2 … over the whole phase: the sample's number in the order of data, for counter-based noise
  bool operator==(const MixtureSample&) const = default;
};

/// Where a phase's reading stands: batches that the optimiser has consumed. Prefetched ones do not count.
struct MixturePosition {
  int64_t epoch = 0;
  int64_t batch = 0;  ///< within the epoch
  bool operator==(const MixturePosition&) const = default;
};

Json to_json(const MixturePosition& position);
MixturePosition mixture_position_from_json(const Json& json, std::string_view where);

/// The order of samples of one phase over several datasets. Immutable and cheap to copy; thread-safe.
///
/// An epoch is epoch_batches(sum of rows, global_batch) global batches. Source i fills share_i of its slots, spread evenly.
/// A source whose part is at least its rows gives each row once before any row comes again (then once more, in another order, …);
/// one whose part is smaller goes on in the next epoch where it stopped, so that all its rows come before any repeats.
/// The samples of a global batch do not depend on world_size: rank r takes slots r, r + world_size, ….
class Mixture {
 public:
  struct Options {
    uint64_t seed = 0;
    int64_t phase = 0;
    int64_t global_batch = 1;  ///< samples of one optimiser step over all ranks and micro-steps
    int64_t world_size = 1;    ///< divides global_batch
  };

  /// throws std::invalid_argument: no source, a source without rows, a share that is not positive, batch and world size that do not fit
  Mixture(std::vector<MixtureSource> sources, const Options& options);

  const Options& options() const { return options_; }
  /// Global batches that an epoch really yields.
  int64_t batches_per_epoch() const { return batches_; }
  /// Slots of an epoch that a source fills.
  uint64_t slots_per_epoch(uint32_t source) const { return parts_.at(source).dealt; }

  /// The global_batch / world_size samples of one rank. throws std::invalid_argument: batch outside the epoch, rank outside the world
  std::vector<MixtureSample> samples(const MixturePosition& position, int64_t rank) const;
  /// The position after one more batch.
  MixturePosition next(const MixturePosition& position) const;
  /// The position after `batches` batches from the start of the phase.
  MixturePosition after(int64_t batches) const { return {.epoch = batches / batches_, .batch = batches % batches_}; }

 private:
  struct Part {
    uint64_t rows = 0;   ///< that take part, after the limit
    uint64_t all = 0;    ///< of the dataset
    uint64_t dealt = 0;  ///< slots of an epoch
  };

  MixtureSample sample_at(int64_t epoch, uint64_t slot) const;
  uint64_t slots_before(uint32_t source, uint64_t slot) const;
  uint32_t source_of(uint64_t slot) const;

  std::vector<Part> parts_;
  Options options_;
  int64_t batches_ = 0;
  uint64_t slots_ = 0;
  std::vector<uint8_t> schedule_;          ///< source of each slot of an epoch; empty with one source
  std::vector<uint64_t> schedule_counts_;  ///< per source, before each block of slots
};

}  // namespace darkroom
