// SPDX-License-Identifier: Apache-2.0
// What lies in a cache folder: its manifest, and one file an array.
//
//   columns.json              this layout; written last
//   groups                    u64: the first row of every row group of every file, then the number of rows
//   <column>.numbers          u16, i32 or f32
//   <column>.exact            f64, where f32 does not hold all
//   <column>.bins             u8: codes of a histogram over the column's view
//   <column>.words            u8
//   <column>.hashes           u64
//   <column>.repeat_rows      u32, <column>.repeat_of u32
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/columns/column_data.h"
#include "core/columns/column_store.h"

namespace darkroom {

/// A parquet file as it was when it was read.
struct SourceFile {
  std::filesystem::path path;
  uint64_t bytes = 0;
  int64_t modified = 0;  ///< ticks of the file clock
  uint64_t rows = 0;
  uint64_t groups = 0;
  /// The same file, as far as its name, size and time of change tell.
  bool same_as(const SourceFile& other) const { return path == other.path && bytes == other.bytes && modified == other.modified; }
};

struct ColumnLayout {
  StoredColumn column;
  NumberKind kind = NumberKind::none;
  bool exact = false;
  uint64_t repeat_rows = 0;
  uint32_t repeat_groups = 0;
};

struct StoreLayout {
  uint64_t rows = 0;
  std::vector<SourceFile> files;
  std::vector<ColumnLayout> columns;
};

/// One array of a column: its file's name and exact size.
struct ArrayPart {
  std::string name;
  uint64_t bytes = 0;
};

inline constexpr const char* manifest_name = "columns.json";
inline constexpr const char* groups_name = "groups";

std::string array_name(MetadataColumn column, std::string_view part);
size_t number_bytes(NumberKind kind);
/// Every array file that a layout has, the groups among them.
std::vector<ArrayPart> array_parts(const StoreLayout& layout);

/// Size and time of change of each file; rows and groups are 0. throws Error{not_found}
std::vector<SourceFile> identify_files(std::span<const std::filesystem::path> files);
/// 16 hexadecimal digits.
std::string identity_of(std::span<const SourceFile> files);

Json to_json(const StoreLayout& layout);
/// nullopt for what is no layout of this version.
std::optional<StoreLayout> parse_layout(const Json& json);

}  // namespace darkroom
