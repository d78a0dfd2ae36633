// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/error.h"

namespace darkroom {

using fmt::format;

/// Throws Error{code} with a formatted sentence: `fail(ErrorCode::bad_input, "{}: line {}: expected a number", path, line)`.
template <typename... Args>
[[noreturn]] void fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  throw Error(code, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace darkroom
