// SPDX-License-Identifier: Apache-2.0
#include "core/base/error.h"

#include <array>
#include <system_error>
#include <utility>

namespace darkroom {
namespace {

constexpr std::array<std::pair<ErrorCode, std::string_view>, 11> names{{
    {ErrorCode::failed, "failed"},
    {ErrorCode::usage, "usage"},
    {ErrorCode::bad_input, "bad_input"},
    {ErrorCode::not_found, "not_found"},
    {ErrorCode::io, "io"},
    {ErrorCode::out_of_memory, "out_of_memory"},
    {ErrorCode::protocol, "protocol"},
    {ErrorCode::busy, "busy"},
    {ErrorCode::cancelled, "cancelled"},
    {ErrorCode::interrupted, "interrupted"},
    {ErrorCode::peer_died, "peer_died"},
}};

}  // namespace

std::string_view error_code_name(ErrorCode code) {
  for (const auto& [known, name] : names) {
    if (known == code) {
      return name;
    }
  }
  return "failed";
}

ErrorCode error_code_from_name(std::string_view name) {
  for (const auto& [code, known] : names) {
    if (known == name) {
      return code;
    }
  }
  return ErrorCode::failed;
}

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
      return 2;
    case ErrorCode::bad_input:
    case ErrorCode::not_found:
      return 3;
    case ErrorCode::interrupted:
      return 4;
    default:
      return 1;
  }
}

std::string describe_errno(int error_number) {
  return std::generic_category().message(error_number) + " (" + std::to_string(error_number) + ")";
}

}  // namespace darkroom
