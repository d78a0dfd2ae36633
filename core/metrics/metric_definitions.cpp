// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/metric_definitions.h"

#include <cmath>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr MetricDefinition table[] = {
    {"loss", "Loss", "", "train/loss", AxisKind::logarithmic, MetricGoal::lower, 4,
     "Loss of the step, weighted by Min-SNR: a smaller gamma lowers it by itself.", [](const StepReport& report) { return report.loss; }},
    {"loss_unweighted", "Loss, unweighted", "", "train/loss_unweighted", AxisKind::logarithmic, MetricGoal::lower, 4,
     "Plain mean squared error of the prediction: comparable across phases.",
     [](const StepReport& report) { return report.loss_unweighted; }},
    {"validation_loss", "Validation loss", "", "validation/loss", AxisKind::logarithmic, MetricGoal::lower, 4,
     "Loss of the averaged weights on pictures that are not trained on, weighted by Min-SNR.",
     [](const StepReport& report) { return report.validation_loss; }},
    {"validation_loss_unweighted", "Validation loss, unweighted", "", "validation/loss_unweighted", AxisKind::logarithmic,
     MetricGoal::lower, 4,
     "Plain mean squared error of the averaged weights on pictures that are not trained on: comparable across phases.",
     [](const StepReport& report) { return report.validation_loss_unweighted; }},
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

std::vector<TaggedValue> tagged_values(const StepReport& report) {
  std::vector<TaggedValue> values;
  const auto add = [&values](std::string tag, double value) {
    if (!std::isnan(value)) {
      values.push_back({std::move(tag), value});
    }
  };
  for (const MetricDefinition& metric : table) {
    add(std::string(metric.tag), metric.value(report));
  }
  const auto add_each = [&add](std::string_view tag, std::span<const double> each) {
    for (size_t i = 0; i < each.size(); ++i) {
      add(format("{}/{}", tag, i), each[i]);
    }
  };
  add_each("memory/live_gib", report.live_gib_by_rank);
  add_each("memory/reserved_gib", report.reserved_gib_by_rank);
  add_each("memory/peak_gib_of_rank", report.peak_gib_by_rank);
  add_each("loss_by_noise", report.loss_by_noise);
  add_each("loss_by_source", report.loss_by_source);
  add_each("validation_by_noise", report.validation_by_noise);
  add_each("validation_by_source", report.validation_by_source);
  add_each("validation_weighted_by_noise", report.validation_weighted_by_noise);
  add_each("validation_weighted_by_source", report.validation_weighted_by_source);
  return values;
}

const MetricDefinition* find_metric(std::string_view name) {
  for (const MetricDefinition& metric : table) {
    if (metric.name == name) {
      return &metric;
    }
  }
  return nullptr;
}

}  // namespace darkroom
