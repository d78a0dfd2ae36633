// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace darkroom {

/// Writes a WebDataset tar: plain ustar, mode 0444, owner "bigdata", time 0, so that the same members make the same bytes. The file is
/// `<path>.partial` until finish() has synced and renamed it.
class TarWriter {
 public:
  /// throws  Error{io}; Error{failed} in a build without libarchive
  explicit TarWriter(std::filesystem::path path);
  /// Without finish() the partial file stays behind, to be replaced.
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  /// name  at most 100 bytes. throws  std::invalid_argument: a longer name; Error{io}
  void add(std::string_view name, std::string_view bytes);
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace darkroom
