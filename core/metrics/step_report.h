// SPDX-License-Identifier: Apache-2.0
// What one optimiser step tells: plain values, one line of metrics.jsonl.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace darkroom {

/// Bins of the loss by noise level: bin k holds train timesteps t with k = t * noise_bins / T (bin 0: nearly clean).
inline constexpr int noise_bins = 10;
/// Sources of a mixture whose losses are kept apart; the ones beyond share the last place.
inline constexpr int max_report_sources = 8;

/// Ranks whose memory is kept apart; the ones beyond are left out.
inline constexpr int max_report_ranks = 8;

/// Values of one optimiser step, over all ranks. A value that was not measured (or is not finite) is NaN: null in JSON.
struct StepReport {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();

  int64_t step = 0;               ///< optimiser steps done in the run, this one included: the first report has 1
  int64_t micro_steps = 0;        ///< forward and backward passes of a rank, over the run
  int64_t total_steps = 0;        ///< of the whole plan, counted from the loaders; 0 while unknown
  int64_t images = 0;             ///< training images seen by all ranks, over the run
  double epoch = 0;               ///< over all phases, fractional
  int64_t phase = 0;              ///< index in the plan
  int64_t skipped = 0;            ///< 1: the gradient was not used, weights and averages stayed as they were
  double time = 0;                ///< wall clock, s since 1970
  double loss = none;             ///< of this step, weighted by Min-SNR
  double loss_unweighted = none;  ///< plain mean squared error
  double grad_norm = none;        ///< global, before clipping
  double lr = none;
  double images_per_s = none;  ///< over all ranks
  double step_ms = none;
  double data_wait_ms = none;  ///< of step_ms, spent waiting for the loader
  double peak_gib = none;      ///< largest device memory of a rank so far (CPU: resident set)
  // Of each rank after the step, on its device (CPU: of its process): held by tensors, and taken from the device by the allocator.
  std::array<double, max_report_ranks> live_gib_by_rank = filled<max_report_ranks>();
  std::array<double, max_report_ranks> reserved_gib_by_rank = filled<max_report_ranks>();  ///< NaN on a CPU, which has no such thing
  std::array<double, max_report_ranks> peak_gib_by_rank = filled<max_report_ranks>();      ///< most that was reserved so far
  std::array<double, noise_bins> loss_by_noise = filled<noise_bins>();                   ///< unweighted; NaN where the step drew no such t
  std::array<double, max_report_sources> loss_by_source = filled<max_report_sources>();  ///< unweighted; NaN where no sample came from it

  // Of the validation after this step, with the EMA weights on fixed noise and noise levels; NaN after all other steps.
  double validation_loss = none;                                              ///< weighted by Min-SNR
  double validation_loss_unweighted = none;                                   ///< plain mean squared error
  std::array<double, noise_bins> validation_by_noise = filled<noise_bins>();  ///< unweighted
  std::array<double, noise_bins> validation_weighted_by_noise = filled<noise_bins>();
  std::array<double, max_report_sources> validation_by_source = filled<max_report_sources>();  ///< unweighted
  std::array<double, max_report_sources> validation_weighted_by_source = filled<max_report_sources>();

 private:
  template <size_t N>
  static constexpr std::array<double, N> filled() {
    std::array<double, N> values{};
    for (double& value : values) {
      value = none;
    }
    return values;
  }
};
static_assert(std::is_trivially_copyable_v<StepReport>);

/// One JSON object without a line break; keys are the field names; arrays end at their last measured value.
std::string to_json_line(const StepReport& report);

/// Reads a line; unknown keys (of a later version) are passed over.
/// throws  Error{bad_input} when it is no JSON object or a member has the wrong type
StepReport step_report_from_json_line(std::string_view line);

}  // namespace darkroom
