// SPDX-License-Identifier: Apache-2.0
// What the columns of image metadata mean, under whatever name a release gives them.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace darkroom {

/// A column by its meaning.
enum class MetadataColumn {
  url,
  caption,
  width,          ///< px
  height,         ///< px
  aspect,         ///< width / height; made of the two
  caption_chars,  ///< Unicode characters of the caption; made of it
  similarity,     ///< CLIP, caption against picture
  aesthetic,      ///< predicted score, about 1 to 10
  watermark,      ///< probability
  nsfw,           ///< probability, or a word: UNLIKELY, UNSURE, NSFW
  language,
  phash,  ///< perceptual hash of the picture, where the set has one
  key,    ///< the set's own number or name of a row
};

/// One meaning: its canonical name, and the names that releases use, the best first.
struct MetadataColumnInfo {
  MetadataColumn column;
  std::string_view name;                      ///< in rules files: "aesthetic"
  std::span<const std::string_view> aliases;  ///< in files, compared without case; empty for what is computed
  bool number = false;                        ///< compared as a number (nsfw: as both)
};

/// All of them, in the order of the enumeration.
std::span<const MetadataColumnInfo> metadata_columns();
const MetadataColumnInfo& metadata_column(MetadataColumn column);
/// By its canonical name.
std::optional<MetadataColumn> metadata_column_named(std::string_view name);

/// Which of `names` hold `column`: indices, the best first. Case does not matter; a file may hold several (a score and a word).
std::vector<size_t> find_metadata_columns(MetadataColumn column, std::span<const std::string> names);

/// The number that a text in a column of numbers stands for; NaN when it is more or less than a number.
double number_of_text(std::string_view text);

/// Width by height; NaN where the height is none.
inline double aspect_ratio(double width, double height) { return height > 0 ? width / height : std::numeric_limits<double>::quiet_NaN(); }

}  // namespace darkroom
