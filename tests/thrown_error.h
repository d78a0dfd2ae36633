// SPDX-License-Identifier: Apache-2.0
// What a call throws: its sentence alone, or the Error with its code.
#pragma once

#include <string>

#include "core/base/error.h"

namespace darkroom::test {

/// The Error that a call throws; ErrorCode::failed with an empty text when it throws none. Other exceptions come through.
template <typename Call>
Error thrown_by(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return {ErrorCode::failed, ""};
}

/// The sentence of the Error that a call throws; empty when it throws none. Other exceptions come through.
template <typename Call>
std::string error_of(Call&& call) {
  return thrown_by(call).what();
}

/// Whether an error is of this code and its sentence holds `part`.
inline bool says(const Error& error, ErrorCode code, const std::string& part) {
  return error.code() == code && std::string(error.what()).find(part) != std::string::npos;
}

}  // namespace darkroom::test
