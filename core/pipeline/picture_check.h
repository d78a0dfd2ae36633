// SPDX-License-Identifier: Apache-2.0
// What can be wrong with one captioned picture of a shard.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/dataset/tar_source.h"

namespace darkroom {

enum class FindingKind {
  broken,        ///< cannot be read as a picture, or cannot be decoded
  truncated,     ///< the file ends before its end mark
  damaged,       ///< decodes, with places that the decoder guessed
  animated,      ///< a moving picture
  cmyk,          ///< four inks
  rotated,       ///< an EXIF orientation other than 1: tools that pass over it see it lying on its side
  flat,          ///< nearly one colour
  tiny,          ///< smaller than asked for
  duplicate,     ///< the same bytes as an earlier picture
  no_caption,    ///< none, or an empty one
  long_caption,  ///< beyond the tokens that the text encoder sees
  wrong_pair,    ///< parts of the sample, or its row, that belong to different pictures
  unusable,      ///< a member of the tar that cannot be used
};

/// "broken", "long_caption", …: as it stands in reports.
std::string_view finding_name(FindingKind kind);
const std::vector<FindingKind>& all_findings();

struct Finding {
  FindingKind kind = FindingKind::broken;
  std::string source;  ///< the shard's file name
  std::string key;     ///< of the sample
  std::string detail;  ///< a sentence
};

struct CheckOptions {
  int tiny_side = 64;       ///< px; a shorter side below it is tiny
  double flat_std = 5;      ///< of the values, 0…127.5; below it a picture is flat
  double dark_mean = 2;     ///< of the values, 0…255; below it a picture is black, which counts as flat
  double light_mean = 253;  ///< above it a picture is white
};

/// One sample after looking at it, and what rows that name it must agree with.
struct CheckedSample {
  std::string key;
  std::string image_hash;  ///< empty: there is no picture
  std::string caption;     ///< trimmed
  std::vector<Finding> findings;
};

/// Decodes the picture and compares the parts of the sample: its json may name a key, a caption, and the picture's size.
CheckedSample check_sample(const TarSource& tar, const TarSample& sample, const CheckOptions& options);

}  // namespace darkroom
