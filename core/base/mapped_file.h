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

 private:
  std::byte* begin_ = nullptr;
  size_t size_ = 0;
};

}  // namespace darkroom
