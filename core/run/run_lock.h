// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace darkroom {

/// Who holds a run: stands in its lock file.
struct LockHolder {
  int64_t pid = 0;
  std::string host;
  double since = 0;  ///< s since 1970
};

/// The right to write a run directory, held by its supervisor. The kernel gives it back when the process ends in any way, so a lock file
/// that is left behind holds nobody off. Not inherited by programs that this process starts.
class RunLock {
 public:
  /// throws  Error{busy} naming host, process and time of the holder; Error{io}
  explicit RunLock(const std::filesystem::path& lock_file);
  ~RunLock();
  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&&) = delete;
  RunLock(const RunLock&) = delete;

 private:
  int fd_ = -1;
};

/// The living holder of a lock file; absent when nobody holds it (also when the file is not there). Never blocks.
std::optional<LockHolder> lock_holder(const std::filesystem::path& lock_file);

}  // namespace darkroom
