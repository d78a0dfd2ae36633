// SPDX-License-Identifier: Apache-2.0
#include "core/engine/bench_runs.h"

#include <ATen/Parallel.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "core/base/format.h"
#include "core/base/progress.h"
#include "core/model/model_writer.h"
#include "core/sample/sampling_model.h"
#include "core/text/clip_tokenizer.h"

namespace darkroom {

double median_of(std::vector<double> values) {
  if (values.empty()) {
    throw std::invalid_argument("[median_of] there must be at least one value");
  }
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void wait_for(torch::Device device) {
  if (!device.is_cpu()) {
    c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.has_index() ? device.index() : c10::DeviceIndex{0});
  }
}

Timing time_runs(const BenchSettings& settings, const std::function<void(int64_t)>& prepare, const std::function<void(int64_t)>& work) {
  std::vector<double> seconds;
  for (int64_t run = 0; run <= settings.repeat; ++run) {
    settings.cancel.check();
    prepare(run);
    wait_for(settings.device);
    const double started_s = monotonic_seconds();
    work(run);
    wait_for(settings.device);
    if (run > 0) {
      seconds.push_back(monotonic_seconds() - started_s);
    }
  }
  return {median_of(seconds), *std::min_element(seconds.begin(), seconds.end())};
}

Timing time_runs(const BenchSettings& settings, const std::function<void()>& work) {
  return time_runs(
      settings, [](int64_t) {}, [&work](int64_t) { work(); });
}

BenchFigures figures(const BenchSettings& settings, const Timing& timing, torch::ScalarType dtype, std::vector<int64_t> shape, Json more) {
  BenchFigures result{.median_ms = timing.median_s * 1e3,
                      .min_ms = timing.min_s * 1e3,
                      .device = settings.device.str(),
                      .dtype = std::string(short_dtype_name(dtype)),
                      .shape = std::move(shape),
                      .more = std::move(more)};
  if (settings.device.is_cpu()) {
    result.more["threads"] = at::get_num_threads();
  }
  return result;
}

double per_second(int64_t count, const Timing& timing) { return static_cast<double>(count) / timing.median_s; }

LoadOptions load_options(const BenchSettings& settings, torch::ScalarType dtype) {
  return SamplingModel::load_options(dtype, settings.device);
}

torch::Tensor random_input(const BenchSettings& settings, const std::vector<int64_t>& shape, torch::ScalarType dtype) {
  const torch::Tensor values = at::randn(shape, torch::TensorOptions().dtype(torch::kFloat32)).to(settings.device, dtype);
  return shape.size() == 4 ? values.contiguous(at::MemoryFormat::ChannelsLast) : values;
}

PictureSize picture_size(const BenchModel& model, const BenchSettings& settings) {
  const PictureSize size{settings.height.value_or(model.picture_side()), settings.width.value_or(model.picture_side())};
  const int64_t f = model.downscale();
  if (size.height % f != 0 || size.width % f != 0) {
    fail(ErrorCode::usage, "--width and --height must be multiples of {} for this model, got {}x{}.", f, size.width, size.height);
  }
  return size;
}

std::vector<int64_t> latent_shape(const BenchModel& model, const BenchSettings& settings, int64_t channels) {
  const auto [height, width] = picture_size(model, settings);
  return {settings.batch, channels, height / model.downscale(), width / model.downscale()};
}

torch::Tensor random_context(const BenchModel& model, const BenchSettings& settings, torch::ScalarType dtype) {
  return random_input(settings, {settings.batch, ClipTokenizer::kLength, model.unet()->config.cross_attention_dim}, dtype);
}

torch::Tensor random_times(const BenchSettings& settings, int64_t end) {
  return at::randint(end, {settings.batch}, torch::kInt64).to(settings.device);
}

std::string unet_weights(const BenchModel& model) { return model.unet()->weights(model.paths().weights_used); }

}  // namespace darkroom
