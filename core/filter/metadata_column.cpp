// SPDX-License-Identifier: Apache-2.0
// Names as they stand in the files of LAION-400M, 2B-en (base, joined, aesthetic), improved aesthetics, COYO-700M, DataComp and
// DiffusionDB.
#include "core/filter/metadata_column.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>

namespace darkroom {
namespace {

using Names = std::string_view;

constexpr Names url_names[] = {"url"};
constexpr Names caption_names[] = {"caption", "text", "top_caption", "prompt"};
constexpr Names width_names[] = {"width", "original_width"};
constexpr Names height_names[] = {"height", "original_height"};
constexpr Names similarity_names[] = {"similarity", "clip_similarity_vitl14", "clip_l14_similarity_score", "clip_similarity_vitb32",
                                      "clip_b32_similarity_score"};
constexpr Names aesthetic_names[] = {"aesthetic", "aesthetic_score", "aesthetic_score_laion_v2"};
constexpr Names watermark_names[] = {"pwatermark", "watermark_score", "watermark"};
constexpr Names nsfw_names[] = {"punsafe", "nsfw_score_opennsfw2", "nsfw_score_gantman", "image_nsfw", "nsfw"};
constexpr Names language_names[] = {"language", "lang"};
constexpr Names phash_names[] = {"image_phash", "phash"};
constexpr Names key_names[] = {"sample_id", "uid", "id", "key", "image_key", "image_name"};

constexpr std::array columns{
    MetadataColumnInfo{MetadataColumn::url, "url", url_names, false},
    MetadataColumnInfo{MetadataColumn::caption, "caption", caption_names, false},
    MetadataColumnInfo{MetadataColumn::width, "width", width_names, true},
    MetadataColumnInfo{MetadataColumn::height, "height", height_names, true},
    MetadataColumnInfo{MetadataColumn::aspect, "aspect", {}, true},
    MetadataColumnInfo{MetadataColumn::caption_chars, "caption_chars", {}, true},
    MetadataColumnInfo{MetadataColumn::similarity, "similarity", similarity_names, true},
    MetadataColumnInfo{MetadataColumn::aesthetic, "aesthetic", aesthetic_names, true},
    MetadataColumnInfo{MetadataColumn::watermark, "watermark", watermark_names, true},
    MetadataColumnInfo{MetadataColumn::nsfw, "nsfw", nsfw_names, true},
    MetadataColumnInfo{MetadataColumn::language, "language", language_names, false},
    MetadataColumnInfo{MetadataColumn::phash, "phash", phash_names, false},
    MetadataColumnInfo{MetadataColumn::key, "key", key_names, false},
};

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

}  // namespace

std::span<const MetadataColumnInfo> metadata_columns() { return columns; }

const MetadataColumnInfo& metadata_column(MetadataColumn column) { return columns.at(static_cast<size_t>(column)); }

std::optional<MetadataColumn> metadata_column_named(std::string_view name) {
  const auto* const found =
      std::find_if(columns.begin(), columns.end(), [name](const MetadataColumnInfo& info) { return info.name == name; });
  return found == columns.end() ? std::nullopt : std::optional(found->column);
}

std::vector<size_t> find_metadata_columns(MetadataColumn column, std::span<const std::string> names) {
  std::vector<size_t> found;
  for (const std::string_view alias : metadata_column(column).aliases) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (same_name(alias, names[i])) {
        found.push_back(i);
      }
    }
  }
  return found;
}

double number_of_text(std::string_view text) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  double value = nan;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : nan;
}

}  // namespace darkroom
