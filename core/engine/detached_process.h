// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace darkroom {

/// A process in a session of its own: it goes on when this one ends, and no terminal or closed pipe can stop it.
struct DetachedProcess {
  static constexpr std::chrono::milliseconds poll_interval{50};  ///< for whoever waits by poll()

  pid_t pid = 0;

  /// Starts `program` with `arguments`; standard input is empty, output and errors are appended to `output`.
  /// throws  Error{io} naming the program
  static DetachedProcess start(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                               const std::filesystem::path& output);

  /// Its exit status once it has ended (128 + signal when a signal ended it); absent while it runs. Asks once: later calls know nothing.
  std::optional<int> poll() const;
};

}  // namespace darkroom
