// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>

#include "core/base/error.h"

namespace darkroom {

/// fmt::format as an object: an argument from std cannot bring in std::format, as it would beside a function of that name.
struct Format {
  template <typename... Args>
  std::string operator()(fmt::format_string<Args...> text, Args&&... args) const {
    return fmt::format(text, std::forward<Args>(args)...);
  }
};
inline constexpr Format format;

/// Throws Error{code} with a formatted sentence: `fail(ErrorCode::bad_input, "{}: line {}: expected a number", path, line)`.
template <typename... Args>
[[noreturn]] void fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  throw Error(code, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace darkroom
