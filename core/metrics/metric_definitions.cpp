// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/metric_definitions.h"

namespace darkroom {
namespace {

constexpr MetricDefinition table[] = {
    {"loss", "Loss", "", "train/loss", AxisKind::logarithmic, MetricGoal::lower, 4,
     "Loss of the step, weighted by Min-SNR: a smaller gamma lowers it by itself.", [](const StepReport& report) { return report.loss; }},
    {"loss_unweighted", "Loss, unweighted", "", "train/loss_unweighted", AxisKind::logarithmic, MetricGoal::lower, 4,
     "Plain mean squared error of the prediction: comparable across phases.",
     [](const StepReport& report) { return report.loss_unweighted; }},
    {"lr", "Learning rate", "", "train/lr", AxisKind::logarithmic, MetricGoal::neither, 3, "Learning rate of the step.",
     [](const StepReport& report) { return report.lr; }},
    {"grad_norm", "Gradient norm", "", "train/grad_norm", AxisKind::logarithmic, MetricGoal::neither, 3,
     "Length of the gradient over all weights, before clipping.", [](const StepReport& report) { return report.grad_norm; }},
    {"images_per_s", "Images per second", "images/s", "speed/images_per_s", AxisKind::linear, MetricGoal::higher, 1,
     "Training images of all devices in a second.", [](const StepReport& report) { return report.images_per_s; }},
    {"step_ms", "Step time", "ms", "speed/step_ms", AxisKind::linear, MetricGoal::lower, 1, "Time of the optimiser step.",
     [](const StepReport& report) { return report.step_ms; }},
    {"data_wait_ms", "Data wait", "ms", "speed/data_wait_ms", AxisKind::linear, MetricGoal::lower, 1,
     "Part of the step's time spent waiting for data.", [](const StepReport& report) { return report.data_wait_ms; }},
    {"peak_gib", "Peak memory", "GiB", "memory/peak_gib", AxisKind::linear, MetricGoal::lower, 2,
     "Most memory that a device has held at once so far; of a CPU, the process's resident memory.",
     [](const StepReport& report) { return report.peak_gib; }},
    {"epoch", "Epoch", "", "progress/epoch", AxisKind::linear, MetricGoal::neither, 2, "Epochs done, over all phases.",
     [](const StepReport& report) { return report.epoch; }},
};

}  // namespace

std::span<const MetricDefinition> metric_definitions() { return table; }

const MetricDefinition* find_metric(std::string_view name) {
  for (const MetricDefinition& metric : table) {
    if (metric.name == name) {
      return &metric;
    }
  }
  return nullptr;
}

}  // namespace darkroom
