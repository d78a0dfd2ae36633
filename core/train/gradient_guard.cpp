// SPDX-License-Identifier: Apache-2.0
// The order of data is a function of the step, so a rollback takes back the weights and not the data: the same batches would only be
// skipped again.
#include "core/train/gradient_guard.h"

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr int64_t most_rollbacks = 3;

int64_t at(GuardPlace place) { return static_cast<int64_t>(place); }

template <typename Record, typename Visit>
void visit_fields(Record& record, Visit&& visit) {
  visit("used", record.used);
  visit("skipped", record.skipped);
  visit("rate_until", record.rate_until);
  visit("rollback_at", record.rollback_at);
  visit("rollbacks", record.rollbacks);
  visit("anchor", record.anchor);
}

}  // namespace

Json to_json(const GuardRecord& record) {
  Json json{{"mean", record.mean}};
  visit_fields(record, [&json](const char* name, int64_t value) { json[name] = value; });
  return json;
}

GuardRecord guard_record_from_json(const Json& json, std::string_view where) {
  const auto require = [&](const char* name, bool holds) {
    if (!holds) {
      fail(ErrorCode::bad_input, "{}: /guard/{}: expected a number from 0", where, name);
    }
  };
  require("mean", json.is_object() && json.contains("mean") && json.at("mean").is_number() && json.at("mean").get<double>() >= 0);
  GuardRecord record;
  record.mean = json.at("mean").get<double>();
  visit_fields(record, [&](const char* name, int64_t& value) {
    require(name, json.contains(name) && json.at(name).is_number_integer() && json.at(name).get<int64_t>() >= 0);
    value = json.at(name).get<int64_t>();
  });
  return record;
}

GradientGuard::GradientGuard(const GuardPlan& plan, torch::Device device)
    : plan_(plan), state_(torch::zeros({guard_places}, torch::TensorOptions().dtype(torch::kFloat64).device(device))) {}

void GradientGuard::write_state() {
  torch::Tensor host = torch::zeros({guard_places}, torch::kFloat64);
  host[at(GuardPlace::mean)] = record_.mean;
  host[at(GuardPlace::used)] = static_cast<double>(record_.used);
  host[at(GuardPlace::skipped)] = static_cast<double>(record_.skipped);
  state_.copy_(host);
}

void GradientGuard::restore(const GuardRecord& record) {
  record_ = record;
  write_state();
}

void GradientGuard::begin_phase() {
  record_.mean = 0;
  record_.used = 0;
  write_state();
}

torch::Tensor GradientGuard::judge(const torch::Tensor& norm) {
  guard_gradient(norm, state_, {.spike_factor = plan_.spike_factor, .memory_steps = plan_.warmup_steps});
  return state_.clone();
}

GradientGuard::Verdict GradientGuard::settle(int64_t step, const torch::Tensor& state) {
  const torch::Tensor host = state.cpu();
  const double* values = host.data_ptr<double>();
  Verdict verdict{.norm = values[at(GuardPlace::norm)], .mean = record_.mean, .skipped = {}};
  record_.mean = values[at(GuardPlace::mean)];
  record_.used = static_cast<int64_t>(values[at(GuardPlace::used)]);
  record_.skipped = static_cast<int64_t>(values[at(GuardPlace::skipped)]);
  const auto what = static_cast<int64_t>(values[at(GuardPlace::verdict)]);
  if (what != 0) {
    verdict.skipped = what == 1 ? "not_finite" : "spike";
  } else {
    record_.rollbacks = 0;
  }
  if (plan_.skips_in_a_row > 0 && record_.skipped >= plan_.skips_in_a_row && record_.rollback_at == 0) {
    record_.rollback_at = step + 1;
  }
  return verdict;
}

void GradientGuard::rolled_back(int64_t step, const GuardRecord& of_checkpoint) {
  record_.mean = of_checkpoint.mean;
  record_.used = of_checkpoint.used;
  record_.skipped = 0;
  record_.rollback_at = 0;
  record_.rate_until = step + plan_.rate_steps;
  ++record_.rollbacks;
  if (record_.rollbacks > most_rollbacks) {
    fail(ErrorCode::failed,
         "Step {}: the run went back {} times and no gradient could be used since. Lower the learning rate (phases/peak_lr), or look for "
         "broken latents in the data; the last good checkpoint is that of step {}.",
         step, most_rollbacks, record_.anchor);
  }
  write_state();
}

}  // namespace darkroom
