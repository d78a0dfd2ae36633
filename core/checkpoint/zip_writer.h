// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/base/atomic_file.h"

namespace darkroom {

/// Writes a zip as torch.save does: stored entries, each entry's bytes on a multiple of 64, zip64. Not thread-safe.
class ZipWriter {
 public:
  /// file  empty so far; must outlive the writer
  explicit ZipWriter(DurableFile& file) : file_(file) {}

  /// name  without a leading "/", not used before (not checked). throws Error{io}
  void add(std::string_view name, std::span<const std::byte> bytes);
  void add(std::string_view name, std::string_view text) { add(name, std::as_bytes(std::span(text.data(), text.size()))); }
  /// Writes the directory; the last call.
  void finish();

  /// What an entry takes at most besides its bytes, directory included.
  static uint64_t overhead_bytes(std::string_view name);

 private:
  DurableFile& file_;
  std::string directory_;
  uint64_t count_ = 0;
};

}  // namespace darkroom
