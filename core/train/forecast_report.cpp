// SPDX-License-Identifier: Apache-2.0
// A forecast for programs and for people.
#include <algorithm>
#include <cmath>

#include "core/base/format.h"
#include "core/train/forecast.h"
#include "core/train/forecast_parts.h"

namespace darkroom {
namespace {

Json parts_json(const std::vector<MemoryPart>& parts) {
  Json json = Json::array();
  for (const MemoryPart& part : parts) {
    json.push_back(Json{{"name", part.name}, {"bytes", part.bytes}});
  }
  return json;
}

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json phase_json(const PhaseForecast& phase) {
  return {{"name", phase.name},
          {"batch", {{"per_device", phase.per_device}, {"accumulation", phase.accumulation}}},
          {"recompute", phase.recompute ? "blocks" : "none"},
          {"device_bytes", phase.device_bytes()},
          {"device_parts", parts_json(phase.parts)},
          {"host_bytes", phase.host_bytes()},
          {"host_parts", parts_json(phase.host_parts)},
          {"flops_per_image", phase.flops_per_image},
          {"steps", or_null(phase.steps)},
          {"images_per_s", phase.images_per_s > 0 ? Json(phase.images_per_s) : Json()},
          {"seconds", or_null(phase.seconds)},
          {"problems", phase.problems}};
}

std::string time_text(const std::optional<double>& seconds) {
  if (!seconds) {
    return "?";
  }
  const auto whole = std::llround(*seconds);
  if (whole < 120) {
    return format("{} s", whole);
  }
  return whole < 7200 ? format("{} min", (whole + 30) / 60) : format("{:.1f} h", static_cast<double>(whole) / 3600);
}

std::string parts_text(const std::vector<MemoryPart>& parts) {
  std::string text;
  for (const MemoryPart& part : parts) {
    text += format("{}{} {}", text.empty() ? "" : ", ", part.name, gib_text(part.bytes));
  }
  return text;
}

std::string available_text(const ForecastDevice& device) {
  return device.available_bytes ? format("{} available for each rank", gib_text(*device.available_bytes))
                                : std::string("how much is available is not known");
}

}  // namespace

Json to_json(const PlanForecast& forecast) {
  Json devices = Json::array();
  for (const ForecastDevice& device : forecast.devices) {
    devices.push_back(Json{{"id", device.id}, {"available_bytes", or_null(device.available_bytes)}});
  }
  Json phases = Json::array();
  for (const PhaseForecast& phase : forecast.phases) {
    phases.push_back(phase_json(phase));
  }
  return {{"devices", devices},
          {"from", forecast.measured ? "measurement" : "arithmetic"},
          {"fits", forecast.fits()},
          {"phases", phases},
          {"disk",
           {{"checkpoint_bytes", forecast.disk.checkpoint_bytes},
            {"checkpoints", forecast.disk.checkpoints},
            {"sample_bytes", forecast.disk.sample_bytes},
            {"log_bytes", or_null(forecast.disk.log_bytes)},
            {"total_bytes", forecast.disk.total_bytes()}}},
          {"notes", forecast.notes}};
}

std::string forecast_text(const PlanForecast& forecast) {
  std::string text =
      format("{:<16} {:>9} {:>10} {:>10} {:>10} {:>9} {:>9}\n", "phase", "batch", "recompute", "memory", "images/s", "steps", "time");
  double seconds = 0;
  bool all_known = true;
  for (const PhaseForecast& phase : forecast.phases) {
    text +=
        format("{:<16} {:>9} {:>10} {:>10} {:>10.1f} {:>9} {:>9}\n", phase.name, format("{} x {}", phase.per_device, phase.accumulation),
               phase.recompute ? "blocks" : "none", gib_text(phase.device_bytes()), phase.images_per_s,
               phase.steps ? std::to_string(*phase.steps) : "?", time_text(phase.seconds));
    seconds += phase.seconds.value_or(0);
    all_known = all_known && phase.seconds.has_value();
  }
  if (all_known) {
    text += format("all phases take about {}, without validation\n", time_text(seconds));
  }
  const auto largest = std::max_element(forecast.phases.begin(), forecast.phases.end(),
                                        [](const PhaseForecast& a, const PhaseForecast& b) { return a.device_bytes() < b.device_bytes(); });
  text += format("memory of a device in \"{}\": {} ({}; {})\n", largest->name, gib_text(largest->device_bytes()),
                 parts_text(largest->parts), available_text(forecast.devices.front()));
  if (!largest->host_parts.empty()) {
    text += format("main memory for each rank: {} ({})\n", gib_text(largest->host_bytes()), parts_text(largest->host_parts));
  }
  const DiskForecast& disk = forecast.disk;
  text += format("disk: {} (up to {} checkpoints of {}, pictures {}, logs {})", gib_text(disk.total_bytes()), disk.checkpoints,
                 gib_text(disk.checkpoint_bytes), gib_text(disk.sample_bytes), disk.log_bytes ? gib_text(*disk.log_bytes) : "?");
  text += forecast.measured ? "\nmeasured: real steps at three batch sizes" : "\nby arithmetic; the speed is rough, --probe measures it";
  for (const std::string& note : forecast.notes) {
    text += "\nnote: " + note;
  }
  for (const PhaseForecast& phase : forecast.phases) {
    for (const std::string& problem : phase.problems) {
      text += "\nproblem: " + problem;
    }
  }
  return text;
}

}  // namespace darkroom
