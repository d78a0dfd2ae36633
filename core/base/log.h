// SPDX-License-Identifier: Apache-2.0
// spdlog writes; this header does not show it, as LibTorch brings an fmt of its own that spdlog's headers do not know.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/format.h"

namespace darkroom {

/// Who writes: stands on every line of the log.
struct LogIdentity {
  std::string role;         ///< "studio", "train", "sample", "data", …
  std::optional<int> rank;  ///< of a training process
  std::string run_id;       ///< empty outside a run
};

enum class LogLevel { debug, info, warning, error };

/// Sets up the process's log: stderr, and `file` too when given (appended, flushed at each line).
/// Call once, early in main; DARKROOM_LOG=debug|info|warn|error sets the level (info by default).
void init_log(const LogIdentity& identity, const std::optional<std::filesystem::path>& file = std::nullopt);

/// Lines of the process's log; before init_log they go to stderr. Thread-safe.
class Log {
 public:
  static void write(LogLevel level, std::string_view text);

  template <typename... Args>
  void debug(fmt::format_string<Args...> text, Args&&... args) const {
    write(LogLevel::debug, format_text(text, fmt::make_format_args(args...)));
  }
  template <typename... Args>
  void info(fmt::format_string<Args...> text, Args&&... args) const {
    write(LogLevel::info, format_text(text, fmt::make_format_args(args...)));
  }
  template <typename... Args>
  void warn(fmt::format_string<Args...> text, Args&&... args) const {
    write(LogLevel::warning, format_text(text, fmt::make_format_args(args...)));
  }
  template <typename... Args>
  void error(fmt::format_string<Args...> text, Args&&... args) const {
    write(LogLevel::error, format_text(text, fmt::make_format_args(args...)));
  }
};

/// `log().warn("{}: …", path)`
inline Log log() { return {}; }

}  // namespace darkroom
