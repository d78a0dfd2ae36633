// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/base/error.h"

namespace darkroom::test {

/// What an action threw; ErrorCode::failed with an empty text when it threw nothing.
template <typename Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return {ErrorCode::failed, ""};
}

inline bool says(const Error& error, ErrorCode code, const std::string& part) {
  return error.code() == code && std::string(error.what()).find(part) != std::string::npos;
}

}  // namespace darkroom::test
