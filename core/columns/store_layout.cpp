// SPDX-License-Identifier: Apache-2.0
#include "core/columns/store_layout.h"

#include <xxhash.h>

#include "core/base/format.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr int64_t layout_version = 1;

constexpr std::string_view kind_names[] = {"none", "u16", "i32", "f32"};

NumberKind kind_named(const std::string& name) {
  for (size_t i = 0; i < std::size(kind_names); ++i) {
    if (kind_names[i] == name) {
      return static_cast<NumberKind>(i);
    }
  }
  throw std::invalid_argument("no kind of number");
}

Json column_json(const ColumnLayout& layout) {
  const StoredColumn& column = layout.column;
  return {{"column", metadata_column(column.column).name},
          {"names", column.names},
          {"numbers", kind_names[static_cast<size_t>(layout.kind)]},
          {"exact", layout.exact},
          {"words", column.words},
          {"hashes", column.hashes},
          {"empty", column.empty},
          {"min", column.min},
          {"max", column.max},
          {"view", {column.view_low, column.view_high}},
          {"dictionary", column.dictionary},
          {"repeat_rows", layout.repeat_rows},
          {"repeat_groups", layout.repeat_groups},
          {"missing_in", column.missing_in}};
}

ColumnLayout column_from(const Json& json) {
  ColumnLayout layout;
  StoredColumn& column = layout.column;
  const std::optional<MetadataColumn> meaning = metadata_column_named(json.at("column").get<std::string>());
  if (!meaning) {
    throw std::invalid_argument("no column of that name");
  }
  column.column = *meaning;
  json.at("names").get_to(column.names);
  layout.kind = kind_named(json.at("numbers").get<std::string>());
  column.numbers = layout.kind != NumberKind::none;
  json.at("exact").get_to(layout.exact);
  json.at("words").get_to(column.words);
  json.at("hashes").get_to(column.hashes);
  json.at("empty").get_to(column.empty);
  json.at("min").get_to(column.min);
  json.at("max").get_to(column.max);
  column.view_low = json.at("view").at(0).get<double>();
  column.view_high = json.at("view").at(1).get<double>();
  json.at("dictionary").get_to(column.dictionary);
  json.at("repeat_rows").get_to(layout.repeat_rows);
  json.at("repeat_groups").get_to(layout.repeat_groups);
  json.at("missing_in").get_to(column.missing_in);
  return layout;
}

}  // namespace

std::string array_name(MetadataColumn column, std::string_view part) { return format("{}.{}", metadata_column(column).name, part); }

size_t number_bytes(NumberKind kind) {
  switch (kind) {
    case NumberKind::u16:
      return sizeof(uint16_t);
    case NumberKind::i32:
      return sizeof(int32_t);
    case NumberKind::f32:
      return sizeof(float);
    case NumberKind::none:
      break;
  }
  return 0;
}

std::vector<ArrayPart> array_parts(const StoreLayout& layout) {
  std::vector<ArrayPart> parts;
  const uint64_t rows = padded_rows(layout.rows);
  uint64_t groups = 0;
  for (const SourceFile& file : layout.files) {
    groups += file.groups;
  }
  parts.push_back({groups_name, (groups + 1) * sizeof(uint64_t)});
  for (const ColumnLayout& column : layout.columns) {
    const auto add = [&](bool there, const char* part, uint64_t bytes) {
      if (there) {
        parts.push_back({array_name(column.column.column, part), bytes});
      }
    };
    const bool numbers = column.kind != NumberKind::none;
    add(numbers, "numbers", rows * number_bytes(column.kind));
    add(column.exact, "exact", rows * sizeof(double));
    add(numbers, "bins", rows);
    add(column.column.words, "words", rows);
    add(column.column.hashes, "hashes", rows * sizeof(uint64_t));
    add(column.column.hashes, "repeat_rows", column.repeat_rows * sizeof(uint32_t));
    add(column.column.hashes, "repeat_of", column.repeat_rows * sizeof(uint32_t));
  }
  return parts;
}

std::vector<SourceFile> identify_files(std::span<const fs::path> files) {
  std::vector<SourceFile> found;
  found.reserve(files.size());
  for (const fs::path& file : files) {
    std::error_code error;
    const fs::path path = fs::canonical(file, error);
    if (error || !fs::is_regular_file(path)) {
      fail(ErrorCode::not_found, "{}: there is no such file", file.string());
    }
    found.push_back({.path = path,
                     .bytes = fs::file_size(path),
                     .modified = static_cast<int64_t>(fs::last_write_time(path).time_since_epoch().count()),
                     .rows = 0,
                     .groups = 0});
  }
  return found;
}

std::string identity_of(std::span<const SourceFile> files) {
  std::string text = format("{}", layout_version);
  for (const SourceFile& file : files) {
    text += format("\n{}\n{} {}", file.path.string(), file.bytes, file.modified);
  }
  return format("{:016x}", XXH3_64bits(text.data(), text.size()));
}

Json to_json(const StoreLayout& layout) {
  Json files = Json::array();
  for (const SourceFile& file : layout.files) {
    files.push_back(
        {{"path", file.path.string()}, {"bytes", file.bytes}, {"modified", file.modified}, {"rows", file.rows}, {"groups", file.groups}});
  }
  Json columns = Json::array();
  for (const ColumnLayout& column : layout.columns) {
    columns.push_back(column_json(column));
  }
  return {{"darkroom_columns", layout_version}, {"rows", layout.rows}, {"files", files}, {"columns", columns}};
}

std::optional<StoreLayout> parse_layout(const Json& json) {
  try {
    if (json.at("darkroom_columns").get<int64_t>() != layout_version) {
      return std::nullopt;
    }
    StoreLayout layout;
    json.at("rows").get_to(layout.rows);
    uint64_t rows = 0;
    for (const Json& file : json.at("files")) {
      layout.files.push_back({.path = file.at("path").get<std::string>(),
                              .bytes = file.at("bytes").get<uint64_t>(),
                              .modified = file.at("modified").get<int64_t>(),
                              .rows = file.at("rows").get<uint64_t>(),
                              .groups = file.at("groups").get<uint64_t>()});
      rows += layout.files.back().rows;
    }
    for (const Json& column : json.at("columns")) {
      layout.columns.push_back(column_from(column));
    }
    return rows == layout.rows ? std::optional(std::move(layout)) : std::nullopt;
  } catch (const std::exception&) {  // a manifest of another version, or one that somebody cut: no cache
    return std::nullopt;
  }
}

}  // namespace darkroom
