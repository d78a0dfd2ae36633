// SPDX-License-Identifier: Apache-2.0
// What the benches share: timed runs and random inputs. Shapes: B batch, C channels, H W rows and columns.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/engine/bench_cases.h"

namespace darkroom {

struct Timing {
  double median_s = 0;
  double min_s = 0;
};

/// Of an even number of values the mean of the two in the middle. throws std::invalid_argument when there are none
double median_of(std::vector<double> values);

/// Returns when the device's queue is empty.
void wait_for(torch::Device device);

/// Runs `work` once to warm up, then settings.repeat times. `prepare` is not timed. Both are given the number of the run, 0 for the first.
/// throws  Error{cancelled}
Timing time_runs(const BenchSettings& settings, const std::function<void(int64_t)>& prepare, const std::function<void(int64_t)>& work);
Timing time_runs(const BenchSettings& settings, const std::function<void()>& work);

BenchFigures figures(const BenchSettings& settings, const Timing& timing, torch::ScalarType dtype, std::vector<int64_t> shape, Json more);
double per_second(int64_t count, const Timing& timing);

LoadOptions load_options(const BenchSettings& settings, torch::ScalarType dtype);
/// Normally distributed; four dimensions in channels_last.
torch::Tensor random_input(const BenchSettings& settings, const std::vector<int64_t>& shape, torch::ScalarType dtype);
/// int64 [B], 0 <= t < end.
torch::Tensor random_times(const BenchSettings& settings, int64_t end);
torch::Tensor random_context(const BenchModel& model, const BenchSettings& settings, torch::ScalarType dtype);

struct PictureSize {
  int64_t height = 0;
  int64_t width = 0;
};
/// throws  Error{usage} for a size that the model cannot take
PictureSize picture_size(const BenchModel& model, const BenchSettings& settings);
/// [B,channels,h,w] for that size.
std::vector<int64_t> latent_shape(const BenchModel& model, const BenchSettings& settings, int64_t channels);

/// "model", "ema", "live" or "random".
std::string unet_weights(const BenchModel& model);

}  // namespace darkroom
