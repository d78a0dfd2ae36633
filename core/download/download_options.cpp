// SPDX-License-Identifier: Apache-2.0
#include "core/download/download_options.h"

#include <array>
#include <utility>

#include "core/base/format.h"

namespace darkroom {
namespace {

template <typename Value>
using Names = std::pair<Value, std::string_view>;

constexpr std::array resize_modes{Names<ResizeMode>{ResizeMode::no, "no"},
                                  Names<ResizeMode>{ResizeMode::keep_ratio, "keep_ratio"},
                                  Names<ResizeMode>{ResizeMode::keep_ratio_largest, "keep_ratio_largest"},
                                  Names<ResizeMode>{ResizeMode::center_crop, "center_crop"},
                                  Names<ResizeMode>{ResizeMode::border, "border"},
                                  Names<ResizeMode>{ResizeMode::fixed, "fixed"}};
constexpr std::array picture_formats{Names<PictureFormat>{PictureFormat::jpg, "jpg"}, Names<PictureFormat>{PictureFormat::png, "png"},
                                     Names<PictureFormat>{PictureFormat::webp, "webp"}};
constexpr std::array digest_kinds{Names<DigestKind>{DigestKind::md5, "md5"}, Names<DigestKind>{DigestKind::sha1, "sha1"},
                                  Names<DigestKind>{DigestKind::sha256, "sha256"}};

template <typename Table, typename Value>
std::string_view name_of(const Table& table, Value value) {
  for (const auto& [known, name] : table) {
    if (known == value) {
      return name;
    }
  }
  return {};
}

template <typename Table>
std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  names.reserve(std::size(table));
  for (const auto& [value, name] : table) {
    names.emplace_back(name);
  }
  return names;
}

template <typename Table>
auto value_named(const Table& table, const std::string& name, std::string_view what) {
  for (const auto& [value, known] : table) {
    if (known == name) {
      return value;
    }
  }
  fail(ErrorCode::usage, "'{}' is not a {}; expected one of {}", name, what, fmt::join(names_of(table), ", "));
}

}  // namespace

std::string_view resize_mode_name(ResizeMode mode) { return name_of(resize_modes, mode); }
std::string_view picture_format_name(PictureFormat kind) { return name_of(picture_formats, kind); }
std::string_view digest_kind_name(DigestKind kind) { return name_of(digest_kinds, kind); }
std::vector<std::string> resize_mode_names() { return names_of(resize_modes); }
std::vector<std::string> picture_format_names() { return names_of(picture_formats); }
std::vector<std::string> digest_kind_names() { return names_of(digest_kinds); }
ResizeMode resize_mode_named(const std::string& name) { return value_named(resize_modes, name, "resize mode"); }
PictureFormat picture_format_named(const std::string& name) { return value_named(picture_formats, name, "picture format"); }
DigestKind digest_kind_named(const std::string& name) { return value_named(digest_kinds, name, "kind of hash"); }

void check_options(const DownloadOptions& options) {
  const bool is_png = options.picture.format == PictureFormat::png;
  const int lowest = is_png ? 0 : 1;
  const int highest = is_png ? 9 : 100;
  if (options.picture.quality < lowest || options.picture.quality > highest) {
    fail(ErrorCode::usage, "--encode-quality of {}: expected {} to {}{}, got {}", picture_format_name(options.picture.format), lowest,
         highest, is_png ? " (the level of compression)" : "", options.picture.quality);
  }
  if (options.picture.max_aspect_ratio < 1) {
    fail(ErrorCode::usage, "--max-aspect-ratio: expected at least 1 (longer side over shorter), got {}", options.picture.max_aspect_ratio);
  }
  if (options.rows_per_shard < 1) {
    fail(ErrorCode::usage, "--rows-per-shard: expected at least 1");
  }
}

}  // namespace darkroom
