// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace darkroom {

/// An array on the disk whose parts are written by several threads at once, each its own. What nobody writes is 0.
class ArrayFile {
 public:
  /// Creates the file with its full length, and room for it on the disk where the file system can. throws Error{io} naming the path
  ArrayFile(std::filesystem::path path, uint64_t bytes);
  ~ArrayFile();
  ArrayFile(const ArrayFile&) = delete;
  ArrayFile& operator=(const ArrayFile&) = delete;

  /// throws Error{io}: a full disk, most often
  void write(uint64_t offset, std::span<const std::byte> bytes);
  template <typename T>
  void write_values(uint64_t index, std::span<const T> values) {
    write(index * sizeof(T), std::as_bytes(values));
  }
  /// throws Error{io}
  void sync();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int fd_ = -1;
};

/// Syncs a file that was written and closed. throws Error{io}
void sync_file(const std::filesystem::path& path);

}  // namespace darkroom
