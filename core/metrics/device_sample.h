// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.h"

namespace darkroom {

/// One device at one moment: a line of devices.jsonl, an entry of the protocol's DeviceSample.
struct DeviceLine {
  double time = 0;   ///< wall clock, s since 1970
  std::string id;    ///< "cpu", "cuda:0"
  std::string name;  ///< "NVIDIA GeForce RTX 5090"
  double load = 0;   ///< 0 to 1
  uint64_t memory_used_bytes = 0;
  uint64_t memory_total_bytes = 0;
  uint64_t process_bytes = 0;  ///< of this engine
  std::optional<double> power_w;
  std::optional<double> temperature_c;

  bool operator==(const DeviceLine&) const = default;
};

Json to_json(const DeviceLine& sample);
/// throws  Error{bad_input} naming `where`
DeviceLine device_line_from_json(const Json& json, std::string_view where);

}  // namespace darkroom
