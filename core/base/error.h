// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace darkroom {

/// What kind of thing went wrong, for exit codes, protocol messages and the studio's texts.
enum class ErrorCode {
  failed,         ///< anything that has no better name
  usage,          ///< the command line or a request asks for something that does not exist
  bad_input,      ///< a file or a value that the user gave is wrong
  not_found,      ///< a file, folder or item that was named is not there
  io,             ///< the operating system refused: full disk, permission, broken pipe
  out_of_memory,  ///< host or device memory ran out
  protocol,       ///< a peer sent something that the protocol does not allow
  busy,           ///< somebody else holds what is needed (a run's lock, an engine's queue)
  cancelled,      ///< stopped on request, nothing to save
  interrupted,    ///< stopped on request, state saved
  peer_died,      ///< another process of the same work ended
};

/// A failure of the world (files, sockets, memory, user input) with a sentence that the user can act on.
/// Broken contracts between our own functions are std::invalid_argument instead.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/// Stable spelling for JSON: "bad_input", "out_of_memory", …
std::string_view error_code_name(ErrorCode code);

/// The inverse of error_code_name; ErrorCode::failed for a name that this build does not know.
ErrorCode error_code_from_name(std::string_view name);

/// Exit code of a program that ends with this error: 1 failed, 2 usage, 3 bad input, 4 interrupted with the state saved.
int exit_code(ErrorCode code);

/// "No space left on device (28)" for an errno value.
std::string describe_errno(int error_number);

}  // namespace darkroom
