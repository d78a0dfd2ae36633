// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace darkroom {

/// A whole file in memory, page by page as it is touched. Writing to the memory never reaches the file. The file must not shrink meanwhile.
class MappedFile {
 public:
  /// An empty file has no bytes. throws Error{not_found | io} naming the path and the reason
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<std::byte> bytes() const { return {begin_, size_}; }

  /// Gives back the memory of the pages that lie wholly in `part`, where that is a part of a file that is mapped now; they are read again
  /// when they are touched, and what was written to them in memory is lost. Any other `part` stays as it is. Thread-safe.
  static void let_go(std::span<const std::byte> part);

 private:
  std::byte* begin_ = nullptr;
  size_t size_ = 0;
};

}  // namespace darkroom
