// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/safetensors.h"

namespace darkroom {

struct SafetensorsEntry {
  TensorInfo info;
  uint64_t begin = 0;  ///< of the data section
  uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  ///< in the order of their data
  std::map<std::string, std::string> metadata;
};

/// Parses and checks a header (reliability.md 3.2).
/// text        the JSON, trailing spaces included
/// data_bytes  length of the data section
/// throws      Error{bad_input} "<where>: …" naming the tensor or the byte, and what was expected
SafetensorsHeader parse_safetensors_header(std::string_view text, uint64_t data_bytes, std::string_view where);

/// The header for tensors that lie one after the other, padded with spaces to a multiple of 8 bytes.
/// throws std::invalid_argument on a name used twice
std::string make_safetensors_header(const std::vector<TensorInfo>& infos, const std::map<std::string, std::string>& metadata);

/// Bytes of a tensor's data.
uint64_t tensor_bytes(const TensorInfo& info);

}  // namespace darkroom
