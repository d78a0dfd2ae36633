// SPDX-License-Identifier: Apache-2.0
// Reading, writing and metric_definitions share the field names; a value that is not finite is null, as JSON has no NaN.
#include "core/metrics/step_report.h"

#include <cmath>
#include <span>

#include "core/base/format.h"
#include "core/base/json.h"

namespace darkroom {
namespace {

// Most steps have none: their rows are written without it.
bool visits_validation(const StepReport& report) { return !std::isnan(report.validation_loss_unweighted); }
bool visits_validation(StepReport&) { return true; }  // reading

template <typename Report, typename Visit>
void visit_report_fields(Report& report, Visit&& visit) {
  visit("step", report.step);
  visit("micro_steps", report.micro_steps);
  visit("total_steps", report.total_steps);
  visit("images", report.images);
  visit("epoch", report.epoch);
  visit("phase", report.phase);
  visit("skipped", report.skipped);
  visit("time", report.time);
  visit("loss", report.loss);
  visit("loss_unweighted", report.loss_unweighted);
  visit("grad_norm", report.grad_norm);
  visit("lr", report.lr);
  visit("images_per_s", report.images_per_s);
  visit("step_ms", report.step_ms);
  visit("data_wait_ms", report.data_wait_ms);
  visit("peak_gib", report.peak_gib);
  visit("live_gib_by_rank", report.live_gib_by_rank);
  visit("reserved_gib_by_rank", report.reserved_gib_by_rank);
  visit("peak_gib_by_rank", report.peak_gib_by_rank);
  visit("loss_by_noise", report.loss_by_noise);
  visit("loss_by_source", report.loss_by_source);
  if (visits_validation(report)) {
    visit("validation_loss", report.validation_loss);
    visit("validation_loss_unweighted", report.validation_loss_unweighted);
    visit("validation_by_noise", report.validation_by_noise);
    visit("validation_weighted_by_noise", report.validation_weighted_by_noise);
    visit("validation_by_source", report.validation_by_source);
    visit("validation_weighted_by_source", report.validation_weighted_by_source);
  }
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

void write_report_field(Json& json, const char* name, int64_t value) { json[name] = value; }
void write_report_field(Json& json, const char* name, double value) { json[name] = number(value); }
template <size_t N>
void write_report_field(Json& json, const char* name, const std::array<double, N>& values) {
  size_t count = N;
  while (count > 0 && std::isnan(values[count - 1])) {
    --count;
  }
  if (count == 0) {
    return;
  }
  Json list = Json::array();
  for (size_t i = 0; i < count; ++i) {
    list.push_back(number(values[i]));
  }
  json[name] = std::move(list);
}

[[noreturn]] void fail_field(const char* name, const Json& value) {
  fail(ErrorCode::bad_input, "metrics row: \"{}\" is {}", name, value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

double read_number(const char* name, const Json& value) {
  if (value.is_null()) {
    return StepReport::none;
  }
  if (!value.is_number()) {
    fail_field(name, value);
  }
  return value.get<double>();
}

void read_report_field(const char* name, const Json& value, int64_t& field) {
  if (!value.is_number_integer()) {
    fail_field(name, value);
  }
  field = value.get<int64_t>();
}
void read_report_field(const char* name, const Json& value, double& field) { field = read_number(name, value); }
template <size_t N>
void read_report_field(const char* name, const Json& value, std::array<double, N>& field) {
  if (!value.is_array()) {
    fail_field(name, value);
  }
  for (size_t i = 0; i < N && i < value.size(); ++i) {
    field[i] = read_number(name, value[i]);
  }
}

}  // namespace

std::string to_json_line(const StepReport& report) {
  Json json = Json::object();
  visit_report_fields(report, [&json](const char* name, const auto& value) { write_report_field(json, name, value); });
  return json.dump();
}

StepReport step_report_from_json_line(std::string_view line) {
  const Json json = parse_json(line, "metrics row");
  if (!json.is_object() || !json.contains("step")) {
    fail(ErrorCode::bad_input, "metrics row: expected an object with \"step\", got {}", line.substr(0, 60));
  }
  StepReport report;
  visit_report_fields(report, [&json](const char* name, auto& field) {
    if (const auto found = json.find(name); found != json.end()) {
      read_report_field(name, *found, field);
    }
  });
  return report;
}

}  // namespace darkroom
