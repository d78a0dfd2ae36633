// SPDX-License-Identifier: Apache-2.0
// What a plan will take before it is launched: memory, speed, time and disk.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/plan/training_plan.h"
#include "core/train/step_cost.h"

namespace darkroom {

/// A device that the plan is to run on, one rank each.
struct ForecastDevice {
  std::string id;  ///< "cuda:0", "cpu"
  torch::Device device = torch::kCPU;
  std::optional<int64_t> available_bytes;  ///< for this rank now; absent where the system does not say
  std::optional<int64_t> total_bytes;      ///< for this rank if nobody else used the device
};

/// One part of the memory of a device.
struct MemoryPart {
  std::string name;  ///< "weights", "activations", …
  int64_t bytes = 0;
};

/// Fields are "_s" seconds, bytes, or plain counts. What needs the datasets is absent where they are not on this machine.
struct PhaseForecast {
  std::string name;
  int64_t per_device = 0;
  int64_t accumulation = 0;
  bool recompute = false;
  std::vector<MemoryPart> parts;       ///< of each device
  std::vector<MemoryPart> host_parts;  ///< in main memory, for each rank on an accelerator; empty on a CPU, where all is main memory
  double flops_per_image = 0;          ///< forward and backward
  std::optional<int64_t> steps;        ///< optimiser steps
  double images_per_s = 0;             ///< of all devices
  std::optional<double> seconds;       ///< of the training steps alone
  std::vector<std::string> problems;   ///< a device that it does not fit on, and what would
  int64_t device_bytes() const;
  int64_t host_bytes() const;
};

struct DiskForecast {
  int64_t checkpoint_bytes = 0;  ///< each
  int64_t checkpoints = 0;       ///< at once, at most
  int64_t sample_bytes = 0;
  std::optional<int64_t> log_bytes;
  int64_t total_bytes() const { return checkpoint_bytes * checkpoints + sample_bytes + log_bytes.value_or(0); }
};

struct PlanForecast {
  std::vector<ForecastDevice> devices;
  bool measured = false;  ///< memory and speed are from real steps on the first device, not from arithmetic
  std::vector<PhaseForecast> phases;
  DiskForecast disk;
  std::vector<std::string> notes;  ///< what had to be assumed
  bool fits() const;
};

enum class ForecastFrom {
  arithmetic,   ///< shapes, and a matrix product of a fifth of a second for the speed of the device
  measurement,  ///< three batch sizes for real, and a line through them
  memory_only,  ///< arithmetic without the speed
};

/// Forecasts a plan whose paths are resolved.
///
/// devices  one a rank; ranks on the CPU share its threads and memory
/// throws   Error{bad_input} where the plan's model or datasets contradict each other; Error{out_of_memory} when a measurement does not
///          fit
PlanForecast forecast_plan(const TrainingPlan& plan, const std::vector<ForecastDevice>& devices, ForecastFrom from);

/// A device with the memory of one of the `sharing` ranks that are on it.
ForecastDevice forecast_device(torch::Device device, int64_t sharing);
/// Those of a launch.
std::vector<ForecastDevice> forecast_devices(const std::vector<torch::Device>& devices);

/// throws  Error{out_of_memory} with every phase's problem when the plan does not fit into the devices' memory
void require_memory(const TrainingPlan& plan, const std::vector<ForecastDevice>& devices);

/// The step of a phase, without recomputation.
StepShape step_shape_of(const TrainingPlan& plan, const PhasePlan& phase, const std::array<int64_t, 3>& latent);

/// Whether blocks are recomputed in a phase: as the plan says; with "auto" where a step that keeps all would take more than nine tenths of
/// the device, or where an accelerator does not say how much memory it has. It changes no numbers, so ranks need not agree.
bool recompute_in_phase(const TrainingPlan& plan, const PhasePlan& phase, const UNetConfig& config, const StepShape& shape,
                        const ForecastDevice& device);

Json to_json(const PlanForecast& forecast);
/// For people: a table of the phases, the parts of the largest one, the disk.
std::string forecast_text(const PlanForecast& forecast);

}  // namespace darkroom
