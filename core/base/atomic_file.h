// SPDX-License-Identifier: Apache-2.0
// Durable files: nothing is called saved before the file, and the directory that names it, are on the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace darkroom {

/// A file that is being written and will be synced. Not thread-safe.
///
/// Every write is checked; a failed sync is final (the kernel may have dropped the dirty pages), so the file must be written anew.
class DurableFile {
 public:
  /// Creates (or truncates) `path`.
  /// throws Error{io} naming the path and the reason
  explicit DurableFile(std::filesystem::path path);
  ~DurableFile();
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  /// Reserves `bytes` on the disk, so that a full disk shows before the first byte is written. No-op where unsupported.
  void reserve(uint64_t bytes);
  /// Appends all bytes. throws Error{io}
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }
  /// Flushes to the disk and closes. Must be called; the destructor only closes. throws Error{io}
  void sync_and_close();

  const std::filesystem::path& path() const { return path_; }
  uint64_t bytes_written() const { return written_; }

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  uint64_t written_ = 0;
};

/// Makes renames and new names in `directory` durable. throws Error{io}
void sync_directory(const std::filesystem::path& directory);

/// rename + sync of the parent directory of `to`. Replaces a file, not a non-empty directory. throws Error{io}
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// Replaces `path` with `bytes` in one step: `<path>.tmp`, sync, rename, sync of the directory. A reader sees the old or the new content.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// The whole file. throws Error{not_found | io} naming the path
std::string read_file(const std::filesystem::path& path);

/// Bytes that a user may still write on the file system of `path` (its nearest existing parent).
uint64_t free_bytes(const std::filesystem::path& path);

}  // namespace darkroom
