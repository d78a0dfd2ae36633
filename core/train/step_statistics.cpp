// SPDX-License-Identifier: Apache-2.0
#include "core/train/step_statistics.h"

namespace darkroom {
namespace {

// Places in the vector of sums.
constexpr int64_t weighted_at = 0;
constexpr int64_t plain_at = 1;
constexpr int64_t count_at = 2;
constexpr int64_t stop_at = 3;
constexpr int64_t broken_at = 4;
constexpr int64_t sample_at = 5;
constexpr int64_t noise_sum_at = 6;
constexpr int64_t noise_count_at = noise_sum_at + noise_bins;
constexpr int64_t source_sum_at = noise_count_at + noise_bins;
constexpr int64_t source_count_at = source_sum_at + max_report_sources;
constexpr int64_t weighted_noise_at = source_count_at + max_report_sources;
constexpr int64_t weighted_source_at = weighted_noise_at + noise_bins;
constexpr int64_t memory_at = weighted_source_at + max_report_sources;  // live, reserved, peak of rank 0, of rank 1, …
constexpr int64_t memory_values = 3;
constexpr int64_t sums_length = memory_at + memory_values * max_report_ranks;

double ratio(const double* sums, int64_t sum_at, int64_t number_at) {
  return sums[number_at] > 0 ? sums[sum_at] / sums[number_at] : StepReport::none;
}

}  // namespace

StepStatistics::StepStatistics(torch::Device device)
    : sums_(torch::zeros({sums_length}, torch::TensorOptions().dtype(torch::kFloat64).device(device))) {}

void StepStatistics::add(const TrainLosses& losses, const torch::Tensor& t_B, const torch::Tensor& source_B, int64_t train_steps) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor mse_B = losses.mse_B.to(torch::kFloat64);
  const torch::Tensor weighted_B = losses.weight_B.to(torch::kFloat64) * losses.loss_B.to(torch::kFloat64);
  const torch::Tensor one_B = torch::ones_like(mse_B);
  const torch::Tensor bin_B = (t_B * noise_bins).div(train_steps, "floor").clamp(0, noise_bins - 1);
  const torch::Tensor place_B = source_B.clamp(0, max_report_sources - 1);
  sums_.narrow(0, weighted_at, 1).add_(weighted_B.sum());
  sums_.narrow(0, plain_at, 1).add_(mse_B.sum());
  sums_.narrow(0, count_at, 1).add_(static_cast<double>(mse_B.size(0)));
  sums_.index_add_(0, bin_B + noise_sum_at, mse_B);
  sums_.index_add_(0, bin_B + noise_count_at, one_B);
  sums_.index_add_(0, place_B + source_sum_at, mse_B);
  sums_.index_add_(0, place_B + source_count_at, one_B);
  sums_.index_add_(0, bin_B + weighted_noise_at, weighted_B);
  sums_.index_add_(0, place_B + weighted_source_at, weighted_B);
}

void StepStatistics::vote_stop() { sums_.narrow(0, stop_at, 1).add_(1.0); }

void StepStatistics::vote_sample() { sums_.narrow(0, sample_at, 1).add_(1.0); }

void StepStatistics::add_memory(int64_t rank, const MemoryUse& memory) {
  if (rank < max_report_ranks) {
    const int64_t at = memory_at + rank * memory_values;
    sums_.narrow(0, at, 1).fill_(memory.live);
    sums_.narrow(0, at + 1, 1).fill_(memory.reserved);
    sums_.narrow(0, at + 2, 1).fill_(memory.peak);
  }
}

void StepStatistics::add_broken(int64_t samples) {
  if (samples > 0) {
    sums_.narrow(0, broken_at, 1).add_(static_cast<double>(samples));
  }
}

StepStatistics::Reading StepStatistics::read() const {
  const torch::Tensor host = sums_.cpu();
  const double* sums = host.data_ptr<double>();
  Reading reading;
  reading.loss = ratio(sums, weighted_at, count_at);
  reading.loss_unweighted = ratio(sums, plain_at, count_at);
  reading.stop = sums[stop_at] > 0;
  reading.sample = sums[sample_at] > 0;
  reading.broken = sums[broken_at] > 0;
  for (int64_t rank = 0; rank < max_report_ranks; ++rank) {
    const double* memory = sums + memory_at + rank * memory_values;
    const auto or_none = [](double value) { return value > 0 ? value : StepReport::none; };
    reading.live_gib[static_cast<size_t>(rank)] = or_none(memory[0]);
    reading.reserved_gib[static_cast<size_t>(rank)] = or_none(memory[1]);
    reading.peak_gib[static_cast<size_t>(rank)] = or_none(memory[2]);
  }
  for (int64_t bin = 0; bin < noise_bins; ++bin) {
    reading.loss_by_noise[static_cast<size_t>(bin)] = ratio(sums, noise_sum_at + bin, noise_count_at + bin);
    reading.weighted_by_noise[static_cast<size_t>(bin)] = ratio(sums, weighted_noise_at + bin, noise_count_at + bin);
  }
  for (int64_t source = 0; source < max_report_sources; ++source) {
    reading.loss_by_source[static_cast<size_t>(source)] = ratio(sums, source_sum_at + source, source_count_at + source);
    reading.weighted_by_source[static_cast<size_t>(source)] = ratio(sums, weighted_source_at + source, source_count_at + source);
  }
  return reading;
}

}  // namespace darkroom
