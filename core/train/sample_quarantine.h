// SPDX-License-Identifier: Apache-2.0
// Samples that cannot be trained on, and what takes their places.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/dataset/training_set.h"

namespace darkroom {

/// What is wrong with a sample as it lies on the disk now: a latent with numbers that no VAE makes (NaN, infinite, 64 and more), token ids
/// outside the vocabulary. Absent where it is sound.
std::optional<std::string> sample_problem(const TrainingSet& set, uint64_t row);

/// The samples of a run that were found broken. They stay out for the rest of the run, also when somebody mends the files meanwhile: so a
/// run that goes on from a checkpoint trains on the same samples as one that was never stopped. Thread-safe.
class SampleQuarantine {
 public:
  bool contains(const TrainingSet& set, uint64_t row) const;
  /// Returns whether it is new.
  bool add(const TrainingSet& set, uint64_t row);

  /// {"<dataset folder>": ["key", …]}, sorted.
  Json json() const;
  /// throws  Error{bad_input} naming `where`
  void restore(const Json& json, std::string_view where);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::set<std::string, std::less<>>> keys_;
};

/// The sample that is trained on when `row` is drawn: itself, or the next in the set's order that is sound and not in quarantine.
/// quarantine  may be absent
struct ChosenRow {
  uint64_t row = 0;
  std::vector<uint64_t> newly_broken;  ///< passed over on the way, and not yet in quarantine
};
/// throws  Error{bad_input} when the set has no sound sample
ChosenRow choose_row(const TrainingSet& set, uint64_t row, const SampleQuarantine* quarantine);

}  // namespace darkroom
