// SPDX-License-Identifier: Apache-2.0
#include "core/train/batch_samples.h"

namespace darkroom {
namespace {

template <typename Visit>
void visit_samples(const PhaseData& phase, int64_t batch, int64_t ranks, Visit&& visit) {
  for (int64_t rank = 0; rank < ranks; ++rank) {
    for (const MixtureSample& sample : phase.mixture.samples(phase.mixture.after(batch), rank)) {
      visit(*phase.train.at(sample.source), sample.row);
    }
  }
}

}  // namespace

std::vector<std::string> keys_of_batch(const PhaseData& phase, int64_t batch, int64_t ranks, const SampleQuarantine& quarantine) {
  std::vector<std::string> keys;
  visit_samples(phase, batch, ranks,
                [&](const TrainingSet& set, uint64_t row) { keys.emplace_back(set.key(choose_row(set, row, &quarantine).row)); });
  return keys;
}

std::vector<BrokenSample> shut_out_broken(const PhaseData& phase, int64_t batch, int64_t ranks, SampleQuarantine& quarantine) {
  std::vector<BrokenSample> found;
  visit_samples(phase, batch, ranks, [&](const TrainingSet& set, uint64_t row) {
    for (const uint64_t broken : choose_row(set, row, &quarantine).newly_broken) {
      if (quarantine.add(set, broken)) {
        found.push_back(
            {set.folder().string(), std::string(set.key(broken)), sample_problem(set, broken).value_or("it was damaged when it was read")});
      }
    }
  });
  return found;
}

}  // namespace darkroom
