// SPDX-License-Identifier: Apache-2.0
// Kept rows of metadata as a download needs them: a URL, a caption, and what else is to stay with the picture.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/download/download_options.h"

namespace darkroom {

/// Some rows of one file. Immutable; thread-safe.
class UrlRows {
 public:
  struct Impl;
  explicit UrlRows(std::unique_ptr<Impl> impl);
  ~UrlRows();
  UrlRows(UrlRows&&) noexcept;
  UrlRows& operator=(UrlRows&&) noexcept;

  std::optional<std::string_view> url(uint64_t row) const;  ///< nothing where the file has none
  std::string caption(uint64_t row) const;                  ///< UTF-8; empty where the file has none
  bool has_captions() const;                                ///< whether the file has a column of them
  /// Hex digits, lower case; empty: nothing is to be verified.
  std::string published_hash(uint64_t row) const;
  /// The kept columns and caption and url, in the order of img2dataset's json.
  Json facts(uint64_t row) const;
  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// Reads a parquet file front to back. Not thread-safe.
///
/// Columns are found by name, or by the aliases of metadata_column.h, without regard to case. A kept column whose name this program writes
/// itself (width, status, …) is called "source_<name>".
class UrlTable {
 public:
  /// throws  Error{not_found | bad_input} naming the file and the columns that it has; Error{failed} in a build without Arrow
  UrlTable(std::filesystem::path file, const ColumnOptions& options);
  ~UrlTable();
  UrlTable(const UrlTable&) = delete;
  UrlTable& operator=(const UrlTable&) = delete;

  uint64_t size() const;
  /// Rows first … first + count - 1. Fastest when each call begins where the one before ended.
  /// throws  std::invalid_argument: rows that are not there; Error{bad_input} naming the file and the row
  UrlRows read(uint64_t first, uint64_t count);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What the content of an input hangs on without reading it all: its name, its size, a hash of its last 64 KiB, where a parquet file keeps
/// its description. The same for a copy. throws Error{not_found | io}
std::string url_table_identity(const std::filesystem::path& file);

}  // namespace darkroom
