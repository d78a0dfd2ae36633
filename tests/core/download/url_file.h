// SPDX-License-Identifier: Apache-2.0
// Parquet files of URLs, as `data filter` leaves them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace darkroom::test {

struct UrlFileRow {
  std::optional<std::string> url;
  std::optional<std::string> caption;
  double aesthetic = 6.5;
  std::string md5;
};

/// Columns URL, TEXT, WIDTH, aesthetic, md5; a row group of 7 rows, so that shards cross them.
void write_url_file(const std::filesystem::path& file, const std::vector<UrlFileRow>& rows);

/// The texts of a column, "" for null, and numbers as texts.
std::vector<std::string> column_of(const std::filesystem::path& file, const std::string& name);
/// Names and types: "url:string".
std::vector<std::string> columns_of(const std::filesystem::path& file);

}  // namespace darkroom::test
