// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/device_sample.h"

#include "core/base/format.h"
#include "core/base/json_reader.h"

namespace darkroom {

Json to_json(const DeviceLine& sample) {
  Json json{{"time", sample.time},
            {"id", sample.id},
            {"name", sample.name},
            {"load", sample.load},
            {"memory_used_bytes", sample.memory_used_bytes},
            {"memory_total_bytes", sample.memory_total_bytes},
            {"process_bytes", sample.process_bytes}};
  if (sample.power_w) {
    json["power_w"] = *sample.power_w;
  }
  if (sample.temperature_c) {
    json["temperature_c"] = *sample.temperature_c;
  }
  return json;
}

DeviceLine device_line_from_json(const Json& json, std::string_view where) {
  std::vector<Problem> problems;
  JsonReader reader(json, "", problems);
  DeviceLine sample;
  reader.read("time", sample.time);
  reader.require("id");
  reader.read("id", sample.id);
  reader.read("name", sample.name);
  reader.read("load", sample.load);
  const auto read_bytes = [&reader](const char* key, uint64_t& bytes) {
    auto value = static_cast<int64_t>(bytes);
    reader.read(key, value, 0);
    bytes = static_cast<uint64_t>(value);
  };
  read_bytes("memory_used_bytes", sample.memory_used_bytes);
  read_bytes("memory_total_bytes", sample.memory_total_bytes);
  read_bytes("process_bytes", sample.process_bytes);
  const auto read_optional = [&reader](const char* key, std::optional<double>& value) {
    if (reader.has(key)) {
      value.emplace();
      reader.read(key, *value);
    }
  };
  read_optional("power_w", sample.power_w);
  read_optional("temperature_c", sample.temperature_c);
  if (!problems.empty()) {
    fail(ErrorCode::bad_input, "{}: device line {}: {}", where, problems[0].pointer, problems[0].message);
  }
  return sample;
}

}  // namespace darkroom
