// SPDX-License-Identifier: Apache-2.0
// Memory is what predict_step counts on shapes plus what the process holds beside a step. Speed by arithmetic is the least certain number
// here: the products of a step over half the rate of one large matrix product.
#include "core/train/forecast.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "core/base/format.h"
#include "core/base/progress.h"
#include "core/nn/unet.h"
#include "core/tensor/device_memory.h"
#include "core/train/forecast_parts.h"
#include "core/train/out_of_memory.h"
#include "core/train/training_arena.h"
#include "core/train/training_model.h"

namespace darkroom {
namespace {

constexpr double share_of_product_rate = 0.5;

// Multiplications and additions a second of one matrix product in the training's number format.
double product_rate(torch::Device device, torch::ScalarType dtype) {
  const int64_t side = device.is_cpu() ? 768 : 8192;
  const auto options = torch::TensorOptions().dtype(dtype).device(device);
  const torch::Tensor a = torch::rand({side, side}, options);
  const torch::NoGradGuard no_grad;
  double best_s = 1e300;
  const double started_s = monotonic_seconds();
  do {
    const double begin_s = monotonic_seconds();
    [[maybe_unused]] const double value = at::mm(a, a)[0][0].item<double>();  // waits for the device
    best_s = std::min(best_s, monotonic_seconds() - begin_s);
  } while (monotonic_seconds() - started_s < 0.2);
  return 2.0 * static_cast<double>(side) * static_cast<double>(side) * static_cast<double>(side) / best_s;
}

/// y = base + slope x through measured points, least squares.
struct Line {
  double base = 0;
  double slope = 0;
  double at(double x) const { return base + slope * x; }
};

Line fit(const std::vector<std::pair<double, double>>& points) {
  double mean_x = 0;
  double mean_y = 0;
  for (const auto& [x, y] : points) {
    mean_x += x / static_cast<double>(points.size());
    mean_y += y / static_cast<double>(points.size());
  }
  double xx = 0;
  double xy = 0;
  for (const auto& [x, y] : points) {
    xx += (x - mean_x) * (x - mean_x);
    xy += (x - mean_x) * (y - mean_y);
  }
  const double slope = xx > 0 ? xy / xx : mean_y / mean_x;
  return {xx > 0 ? mean_y - slope * mean_x : 0, slope};
}

struct Measured {
  Line bytes;         ///< over the images of a micro-batch
  Line micro_step_s;  ///< likewise
  double update_s = 0;
};

StepMeasurement measured_step(const UNetConfig& config, const StepShape& shape, torch::Device device) {
  try {
    return measure_step(config, shape, device);
  } catch (const std::exception& error) {
    if (!is_out_of_memory(error)) {
      throw;
    }
    fail(ErrorCode::out_of_memory,
         "{} ran out of memory while a step of {} images was measured; without --probe the forecast says what fits.", device.str(),
         shape.batch);
  }
}

Measured measure(const UNetConfig& config, StepShape shape, torch::Device device) {
  const int64_t most = shape.batch;
  std::vector<std::pair<double, double>> bytes;
  std::vector<std::pair<double, double>> seconds;
  double update_s = 1e300;
  for (const int64_t batch : std::set<int64_t>{std::max<int64_t>(most / 4, 1), std::max<int64_t>(most / 2, 1), most}) {
    shape.batch = batch;
    const StepMeasurement made = measured_step(config, shape, device);
    bytes.emplace_back(batch, made.peak_bytes);
    seconds.emplace_back(batch, made.micro_step_s);
    update_s = std::min(update_s, made.update_s);
  }
  return {fit(bytes), fit(seconds), update_s};
}

/// Makes the forecast of one plan.
class Forecaster {
 public:
  Forecaster(const TrainingPlan& plan, std::vector<ForecastDevice> devices, ForecastFrom from)
      : plan_(plan),
        from_(from),
        config_(unet_config_of_plan(plan.model)),
        surroundings_(plan, config_, from == ForecastFrom::memory_only ? 0 : static_cast<int64_t>(devices.size())) {
    forecast_.devices = std::move(devices);
    forecast_.measured = from == ForecastFrom::measurement;
    forecast_.notes = surroundings_.notes();
  }

  PlanForecast run() {
    for (size_t i = 0; i < plan_.phases.size(); ++i) {
      forecast_.phases.push_back(phase(i));
    }
    forecast_.disk = disk_of_plan(plan_, make_unet(config_)->layout(), surroundings_);
    return std::move(forecast_);
  }

 private:
  const ForecastDevice& first() const { return forecast_.devices.front(); }

  PhaseForecast phase(size_t index) {
    const PhasePlan& of = plan_.phases[index];
    const BatchPlan& batch = plan_.batch_of(of);
    StepShape shape = step_shape_of(plan_, of, surroundings_.latent_shape());
    shape.recompute = recompute_in_phase(plan_, of, config_, shape, first());
    PhaseForecast made{.name = of.name, .per_device = batch.per_device, .accumulation = batch.accumulation, .recompute = shape.recompute};
    StepCost cost = predict_step(config_, shape);
    made.flops_per_image = cost.flops / static_cast<double>(shape.batch);
    if (const std::optional<int64_t> steps = surroundings_.steps(index)) {
      made.steps = steps;
    }
    const auto ranks = static_cast<double>(forecast_.devices.size());
    const auto images = static_cast<double>(batch.per_device * batch.accumulation) * ranks;
    if (from_ == ForecastFrom::measurement) {
      const Measured& measured = measured_as(shape);
      cost.activation_bytes =
          std::max<int64_t>(static_cast<int64_t>(measured.bytes.at(static_cast<double>(shape.batch))) - cost.buffer_bytes(), 0);
      const double step_s =
          static_cast<double>(batch.accumulation) * std::max(measured.micro_step_s.at(static_cast<double>(shape.batch)), 0.0) +
          measured.update_s;
      made.images_per_s = images / step_s;
    } else if (from_ == ForecastFrom::arithmetic) {
      made.images_per_s = share_of_product_rate * rate(shape.dtype) / made.flops_per_image;
    }
    if (made.steps && made.images_per_s > 0) {
      made.seconds = static_cast<double>(*made.steps) * images / made.images_per_s;
    }
    made.parts = surroundings_.device_parts(of, cost, first().device);
    made.host_parts = surroundings_.host_parts(of, cost, first().device);
    made.problems = problems(of, shape, made);
    return made;
  }

  // Phases that differ in data and rates alone take the same steps: they are measured once.
  const Measured& measured_as(const StepShape& shape) {
    const auto key = std::tuple(shape.batch, shape.memory, shape.recompute);
    const auto found = measured_.find(key);
    return found != measured_.end() ? found->second : measured_.emplace(key, measure(config_, shape, first().device)).first->second;
  }

  // Of all devices together: ranks on the CPU share one. The plan has one number format, so it is asked once.
  double rate(torch::ScalarType dtype) {
    if (rate_ > 0) {
      return rate_;
    }
    double& sum = rate_;
    bool cpu_counted = false;
    for (const ForecastDevice& device : forecast_.devices) {
      if (device.device.is_cpu() && std::exchange(cpu_counted, true)) {
        continue;
      }
      sum += product_rate(device.device, dtype);
    }
    return sum;
  }

  std::vector<std::string> problems(const PhasePlan& of, const StepShape& shape, const PhaseForecast& made) {
    std::vector<std::string> found;
    for (const ForecastDevice& device : forecast_.devices) {
      if (device.available_bytes && made.device_bytes() > *device.available_bytes) {
        found.push_back(format("phase \"{}\" needs {} on {}, which has {} available; {}", of.name, gib_text(made.device_bytes()), device.id,
                               gib_text(*device.available_bytes), advice(of, shape, made, *device.available_bytes)));
        break;  // the others would say the same
      }
    }
    return found;
  }

  // What would fit, with the step's images as they are.
  std::string advice(const PhasePlan& of, const StepShape& shape, const PhaseForecast& made, int64_t available) {
    const int64_t step_images = made.per_device * made.accumulation;
    const auto fits = [&](int64_t batch, bool recompute) {
      StepShape other = shape;
      other.batch = batch;
      other.recompute = recompute;
      const std::vector<MemoryPart> parts = surroundings_.device_parts(of, predict_step(config_, other), first().device);
      int64_t sum = 0;
      for (const MemoryPart& part : parts) {
        sum += part.bytes;
      }
      return sum <= available;
    };
    std::vector<std::string> ways;
    if (!shape.recompute && fits(shape.batch, true)) {
      ways.emplace_back("set recompute to \"blocks\"");
    }
    for (const bool recompute : {shape.recompute, true}) {
      for (int64_t batch = shape.batch - 1; batch >= 1 && ways.size() < 2; --batch) {
        if (step_images % batch == 0 && fits(batch, recompute)) {
          ways.push_back(format("set batch.per_device to {} and batch.accumulation to {}{}", batch, step_images / batch,
                                recompute && !shape.recompute ? " and recompute to \"blocks\"" : ""));
          break;
        }
      }
      if (!ways.empty()) {
        break;
      }
    }
    if (ways.empty()) {
      return plan_.optimizer.name == "adamw" ? "no batch size fits: a smaller model, optimizer.name \"adamw8bit\" or more memory would"
                                             : "no batch size fits: a smaller model or more memory would";
    }
    return format("{} to make it fit", fmt::join(ways, ", or "));
  }

  const TrainingPlan& plan_;
  ForecastFrom from_;
  UNetConfig config_;
  Surroundings surroundings_;
  PlanForecast forecast_;
  double rate_ = 0;
  std::map<std::tuple<int64_t, ConvolutionMemory, bool>, Measured> measured_;
};

int64_t sum_of(const std::vector<MemoryPart>& parts) {
  int64_t sum = 0;
  for (const MemoryPart& part : parts) {
    sum += part.bytes;
  }
  return sum;
}

}  // namespace

int64_t PhaseForecast::device_bytes() const { return sum_of(parts); }
int64_t PhaseForecast::host_bytes() const { return sum_of(host_parts); }

bool PlanForecast::fits() const {
  return std::all_of(phases.begin(), phases.end(), [](const PhaseForecast& phase) { return phase.problems.empty(); });
}

PlanForecast forecast_plan(const TrainingPlan& plan, const std::vector<ForecastDevice>& devices, ForecastFrom from) {
  return Forecaster(plan, devices, from).run();
}

ForecastDevice forecast_device(torch::Device device, int64_t sharing) {
  ForecastDevice made{.id = device.str(), .device = device};
  if (const std::optional<DeviceMemory> memory = device_memory(device)) {
    made.available_bytes = memory->available_bytes / sharing;
    made.total_bytes = memory->total_bytes / sharing;
  }
  return made;
}

std::vector<ForecastDevice> forecast_devices(const std::vector<torch::Device>& devices) {
  std::vector<ForecastDevice> made;
  made.reserve(devices.size());
  for (const torch::Device device : devices) {
    made.push_back(forecast_device(device, std::count(devices.begin(), devices.end(), device)));
  }
  return made;
}

void require_memory(const TrainingPlan& plan, const std::vector<ForecastDevice>& devices) {
  const PlanForecast forecast = forecast_plan(plan, devices, ForecastFrom::memory_only);
  std::string problems;
  for (const PhaseForecast& phase : forecast.phases) {
    for (const std::string& problem : phase.problems) {
      problems += "\n  " + problem;
    }
  }
  if (!problems.empty()) {
    throw Error(ErrorCode::out_of_memory, "The plan does not fit into memory, by its forecast:" + problems);
  }
}

StepShape step_shape_of(const TrainingPlan& plan, const PhasePlan& phase, const std::array<int64_t, 3>& latent) {
  return {.batch = plan.batch_of(phase).per_device,
          .latent = latent,
          .dtype = plan.precision == "bf16" ? torch::kBFloat16 : torch::kFloat32,
          .memory = convolution_memory_of(plan, phase),
          .optimizer = plan.optimizer,
          .emas = 1 + plan.ema.more_decays.size()};
}

bool recompute_in_phase(const TrainingPlan& plan, const PhasePlan& phase, const UNetConfig& config, const StepShape& shape,
                        const ForecastDevice& device) {
  const std::string& wanted = plan.recompute_of(phase);
  if (wanted != "auto") {
    return wanted == "blocks";
  }
  if (!device.total_bytes) {
    return !device.device.is_cpu();
  }
  constexpr double share = 0.9;
  StepShape kept = shape;
  kept.recompute = false;
  return static_cast<double>(predict_step(config, kept).total_bytes()) > share * static_cast<double>(*device.total_bytes);
}

}  // namespace darkroom
