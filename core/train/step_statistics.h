// SPDX-License-Identifier: Apache-2.0
// Shapes: B samples.
#pragma once

#include <torch/types.h>

#include <cstdint>

#include "core/metrics/step_report.h"
#include "core/train/peak_memory.h"
#include "core/train/train_step.h"

namespace darkroom {

/// Sums over the samples of a step that every rank adds up on its device, sums with the others in one small message, and reads a step
/// later.
class StepStatistics {
 public:
  explicit StepStatistics(torch::Device device);

  /// Adds a micro-step's losses; nothing is read back.
  /// source_B  int64, index of the phase's source; train_steps: T of the noise schedule
  void add(const TrainLosses& losses, const torch::Tensor& t_B, const torch::Tensor& source_B, int64_t train_steps);
  /// This rank asks that all stop after the step.
  void vote_stop();
  /// This rank asks that all draw samples and validate.
  void vote_sample();
  /// What this rank holds; ranks beyond max_report_ranks are left out.
  void add_memory(int64_t rank, const MemoryUse& memory);
  /// So many samples of this rank's part turned out broken.
  void add_broken(int64_t samples);

  /// float64 [K], to be summed over the ranks in place.
  const torch::Tensor& sums() const { return sums_; }

  /// What the sums say; waits for the device.
  struct Reading {
    double loss = 0;
    double loss_unweighted = 0;
    bool stop = false;
    bool sample = false;
    bool broken = false;                              ///< any rank met a broken sample
    std::array<double, max_report_ranks> live_gib{};  ///< NaN where there is no such rank
    std::array<double, max_report_ranks> reserved_gib{};
    std::array<double, max_report_ranks> peak_gib{};
    std::array<double, noise_bins> loss_by_noise{};
    std::array<double, max_report_sources> loss_by_source{};
    std::array<double, noise_bins> weighted_by_noise{};
    std::array<double, max_report_sources> weighted_by_source{};
  };
  Reading read() const;

 private:
  torch::Tensor sums_;
};

}  // namespace darkroom
