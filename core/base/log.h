// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <filesystem>
#include <optional>
#include <string>

namespace darkroom {

/// Who writes: stands on every line of the log.
struct LogIdentity {
  std::string role;         ///< "studio", "train", "sample", "data", …
  std::optional<int> rank;  ///< of a training process
  std::string run_id;       ///< empty outside a run
};

/// Sets up the process's logger: stderr, and `file` too when given (appended, flushed at each warning and every second).
/// Call once, early in main; DARKROOM_LOG=debug|info|warn|error sets the level (info by default).
void init_log(const LogIdentity& identity, const std::optional<std::filesystem::path>& file = std::nullopt);

/// The process's logger; before init_log a plain stderr logger. Thread-safe.
spdlog::logger& log();

}  // namespace darkroom
