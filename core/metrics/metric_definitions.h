// SPDX-License-Identifier: Apache-2.0
// Every metric of a training run, once: plots, TensorBoard tags, tables and the manual read this.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics/step_report.h"

namespace darkroom {

enum class AxisKind { linear, logarithmic };
enum class MetricGoal { lower, higher, neither };

struct MetricDefinition {
  std::string_view name;   ///< key in metrics.jsonl: "loss"
  std::string_view label;  ///< for people: "Loss"
  std::string_view unit;   ///< "ms"; empty for a plain number
  std::string_view tag;    ///< TensorBoard: "train/loss"
  AxisKind axis = AxisKind::linear;
  MetricGoal goal = MetricGoal::neither;
  int decimals = 3;                              ///< shown in tables and legends; significant digits on logarithmic axes
  std::string_view help;                         ///< one sentence
  double (*value)(const StepReport&) = nullptr;  ///< NaN where the step has none
};

/// In the order in which they are shown.
std::span<const MetricDefinition> metric_definitions();

/// What other programs' logs are given of a step: every measured value under its tag, the losses by noise level and by source (from 0, as
/// in the plan's phase) among them.
struct TaggedValue {
  std::string tag;
  double value = 0;  ///< never NaN
};
std::vector<TaggedValue> tagged_values(const StepReport& report);

/// nullptr for a name that is not a metric.
const MetricDefinition* find_metric(std::string_view name);

}  // namespace darkroom
