// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/run_status.h"

#include <array>
#include <utility>

#include "core/base/format.h"
#include "core/base/json_reader.h"

namespace darkroom {
namespace {

constexpr std::array<std::pair<RunState, std::string_view>, 7> state_names{{
    {RunState::created, "created"},
    {RunState::running, "running"},
    {RunState::paused, "paused"},
    {RunState::stopped, "stopped"},
    {RunState::done, "done"},
    {RunState::failed, "failed"},
    {RunState::interrupted, "interrupted"},
}};

template <typename Status, typename Visit>
void visit_status_fields(Status& status, Visit&& visit) {
  visit("id", status.id);
  visit("name", status.name);
  visit("folder", status.folder);
  visit("state", status.state);
  visit("step", status.step);
  visit("total_steps", status.total_steps);
  visit("epoch", status.epoch);
  visit("epochs", status.epochs);
  visit("phase", status.phase);
  visit("phase_name", status.phase_name);
  visit("loss", status.loss);
  visit("images_per_s", status.images_per_s);
  visit("seconds_left", status.seconds_left);
  visit("checkpoint_step", status.checkpoint_step);
  visit("created", status.created);
  visit("changed", status.changed);
  visit("reason", status.reason);
  visit("pid", status.pid);
  visit("parent_run", status.parent_run);
}

void write_status_field(Json& json, const char* name, RunState value) { json[name] = run_state_name(value); }
void write_status_field(Json& json, const char* name, const std::optional<double>& value) { json[name] = value ? Json(*value) : Json(); }
template <typename Value>
void write_status_field(Json& json, const char* name, const Value& value) {
  json[name] = value;
}

void read_status_field(JsonReader& reader, const char* name, RunState& value) {
  std::string text(run_state_name(value));
  std::vector<std::string> allowed;
  allowed.reserve(std::size(state_names));
  for (const auto& [state, known] : state_names) {
    allowed.emplace_back(known);
  }
  reader.read_choice(name, text, allowed);
  value = run_state_from_name(text);
}
void read_status_field(JsonReader& reader, const char* name, std::optional<double>& value) {
  const Json* found = reader.any(name);
  if (found != nullptr && !found->is_null()) {
    value.emplace();
    reader.read(name, *value);
  }
}
template <typename Value>
void read_status_field(JsonReader& reader, const char* name, Value& value) {
  reader.read(name, value);
}

}  // namespace

std::string_view run_state_name(RunState state) {
  for (const auto& [known, name] : state_names) {
    if (known == state) {
      return name;
    }
  }
  return "created";
}

RunState run_state_from_name(std::string_view name) {
  for (const auto& [state, known] : state_names) {
    if (known == name) {
      return state;
    }
  }
  fail(ErrorCode::bad_input, "\"{}\" is no state of a run", name);
}

Json to_json(const RunStatus& status) {
  Json json = Json::object();
  visit_status_fields(status, [&json](const char* name, const auto& value) { write_status_field(json, name, value); });
  return json;
}

RunStatus run_status_from_json(const Json& json, std::string_view where) {
  std::vector<Problem> problems;
  JsonReader reader(json, "", problems);
  RunStatus status;
  visit_status_fields(status, [&reader](const char* name, auto& value) { read_status_field(reader, name, value); });
  if (!problems.empty()) {
    fail(ErrorCode::bad_input, "{}: run status {}: {}", where, problems[0].pointer, problems[0].message);
  }
  return status;
}

}  // namespace darkroom
