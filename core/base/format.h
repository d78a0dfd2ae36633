// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <string>
#include <utility>

#include "core/base/error.h"

namespace darkroom {

/// fmt::vformat, compiled once for each fmt that there is.
std::string format_text(fmt::string_view text, fmt::format_args arguments);

/// fmt::format as an object: an argument from std cannot bring in std::format, as it would beside a function of that name.
struct Format {
  template <typename... Args>
  std::string operator()(fmt::format_string<Args...> text, Args&&... args) const {
    return format_text(text, fmt::make_format_args(args...));
  }
};
inline constexpr Format format;

/// "1.50 GB", for people; powers of 1000.
std::string bytes_text(uint64_t bytes);

/// Throws Error{code} with a formatted sentence: `fail(ErrorCode::bad_input, "{}: line {}: expected a number", path, line)`.
template <typename... Args>
[[noreturn]] void fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  throw Error(code, format_text(text, fmt::make_format_args(args...)));
}

}  // namespace darkroom
