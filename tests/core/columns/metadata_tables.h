// SPDX-License-Identifier: Apache-2.0
// Parquet files of image metadata as releases have them, with everything that makes them awkward: nulls, NaN, other types and names, values
// that come again, row groups of odd sizes.
#pragma once

#include <filesystem>
#include <vector>

namespace darkroom::test {

/// Which release a file looks like.
enum class Release {
  laion,       ///< URL, TEXT, WIDTH i32, HEIGHT i32, similarity f64, punsafe f32, pwatermark f32, AESTHETIC_SCORE f32, LANGUAGE
  base,        ///< SAMPLE_ID i64, URL, TEXT, HEIGHT f64, WIDTH f64, NSFW words, similarity f32, aesthetic f64 (not exact in f32)
  coyo,        ///< id, url, text, width i64, height i64, image_phash, clip_similarity_vitl14 and vitb32 f64, aesthetic_score_laion_v2 …
  mixed_nsfw,  ///< like laion, with punsafe as well as NSFW words, and WIDTH as text
  unknown,     ///< apples and pears
};

struct TableOptions {
  Release release = Release::laion;
  unsigned rows = 1000;
  unsigned rows_per_group = 300;
  unsigned seed = 1;
};

void write_table(const std::filesystem::path& file, const TableOptions& options);

}  // namespace darkroom::test
