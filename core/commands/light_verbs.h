// SPDX-License-Identifier: Apache-2.0
// Which command lines need no LibTorch: darkroom-engine hands those to darkroom-engine-data, which starts in a fifth of the time and
// with less than half of the memory.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace darkroom {

inline constexpr std::array<std::string_view, 2> light_verbs{"tokenize", "hub"};
inline constexpr std::array<std::string_view, 10> light_data_verbs{"fetch", "filter", "download", "shards", "tokenize",
                                                                   "arrow", "mix",    "audit",    "dedup",  "stats"};

/// arguments  what stands behind the program's name
constexpr bool is_light(std::span<const char* const> arguments) {
  const auto names = [&](size_t at, std::span<const std::string_view> verbs) {
    return at < arguments.size() && std::find(verbs.begin(), verbs.end(), std::string_view(arguments[at])) != verbs.end();
  };
  return names(0, light_verbs) || (!arguments.empty() && std::string_view(arguments[0]) == "data" && names(1, light_data_verbs));
}

}  // namespace darkroom
