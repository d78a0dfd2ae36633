// SPDX-License-Identifier: Apache-2.0
// What a batch was drawn from, over all ranks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/train/phase_data.h"
#include "core/train/sample_quarantine.h"

namespace darkroom {

/// The keys of the samples that batch number `batch` of a phase was trained on, rank after rank.
std::vector<std::string> keys_of_batch(const PhaseData& phase, int64_t batch, int64_t ranks, const SampleQuarantine& quarantine);

struct BrokenSample {
  std::string dataset;  ///< folder
  std::string key;
  std::string reason;
};

/// Puts the broken samples of a batch into `quarantine`; returns those that are new. Every rank looks at the whole batch, so that all have
/// the same samples in quarantine without a message more.
std::vector<BrokenSample> shut_out_broken(const PhaseData& phase, int64_t batch, int64_t ranks, SampleQuarantine& quarantine);

}  // namespace darkroom
