// SPDX-License-Identifier: Apache-2.0
// A part whose border is one of blocks is the centre crop of the smaller picture too: its corner and sides are divided without a rest.
#include "core/image/cropped_decode.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/format.h"
#include "core/image/colour_edges.h"
#include "core/image/upright.h"

namespace darkroom {
namespace {

constexpr std::array denominators{8, 4, 2};

// To be raised when averaging_denominator, the test of colours, or what is done with the pixels changes: latents that were made before do
// not mix with those made after (decoder_name). 1: colours were not looked at. 2: colours at a half were not smoothed.
constexpr int reduction_rule = 3;

// Where colours change hard, the full path cuts them off at 0 and 255 before it averages: shapes, line art, text and screens below this
// came out with a mean square error of 3.5 at most, 42.7 dB, and photographs with 0.3 to 0.4, 52 dB.
constexpr double most_colour_edges = 800;

// Blocks a pixel from which on one that lies in two pixels does not show: 40.6 dB and more on text.
constexpr int64_t plenty = 6;

bool averages_well(int side, int denominator, int wanted) {
  return side % (int64_t{denominator} * wanted) == 0 || side >= plenty * denominator * wanted;
}

bool lies_on_blocks(const ImageInfo& info, const Rectangle& part, int denominator) {
  // Blocks are counted from the stored corner; turned, it is another one.
  const bool is_counted_from_corner = info.orientation == 1 || (info.width % denominator == 0 && info.height % denominator == 0);
  return is_counted_from_corner && part.x % denominator == 0 && part.y % denominator == 0 && part.width % denominator == 0 &&
         part.height % denominator == 0;
}

// small  what reading at 1/denominator gave, if anything
Image whole_or(std::optional<ScaledJpeg> small, std::span<const std::byte> bytes, std::string_view where, const ImageInfo& info,
               const ImageLimits& limits) {
  if (small && small->facts.warnings == 0 && is_complete_image(bytes, info.format)) {
    return upright(std::move(small->image), info.orientation);
  }
  return decode_image(bytes, where, limits);
}

}  // namespace

int averaging_denominator(const ImageInfo& info, const Rectangle& part, int width, int height) {
  const auto* const found = std::find_if(denominators.begin(), denominators.end(), [&](int denominator) {
    return lies_on_blocks(info, part, denominator) && averages_well(part.width, denominator, width) &&
           averages_well(part.height, denominator, height);
  });
  return info.format == ImageFormat::jpeg && found != denominators.end() ? *found : 1;
}

std::optional<ScaledJpeg> read_averaged_jpeg(std::span<const std::byte> bytes, int denominator) {
  std::optional<ScaledJpeg> small = read_jpeg(bytes, denominator, ScaledColours::sharp);
  const bool may_differ = small && denominator == 2 && small->facts.has_half_colours;
  return may_differ && colour_edges(small->image) > most_colour_edges ? std::nullopt : std::move(small);
}

Image decode_cropped(std::span<const std::byte> bytes, std::string_view where, int width, int height, const ImageLimits& limits) {
  const ImageInfo info = read_image_info(bytes, where, limits);
  const Rectangle part = centre_crop(info.shown_width(), info.shown_height(), width, height);
  const int denominator = averaging_denominator(info, part, width, height);
  std::optional<ScaledJpeg> small = denominator > 1 ? read_averaged_jpeg(bytes, denominator) : std::nullopt;
  return centre_crop_resize(whole_or(std::move(small), bytes, where, info, limits), width, height);
}

std::string decoder_name() {
  return can_scale_jpeg() ? format("{}, {}, reduced by rule {}", image_library(), jpeg_library(), reduction_rule)
                          : image_library() + ", in full";
}

Image decode_at_least(std::span<const std::byte> bytes, std::string_view where, int least, const ImageLimits& limits) {
  const ImageInfo info = read_image_info(bytes, where, limits);
  const int shorter = std::min(info.width, info.height);
  const auto* const found =
      std::find_if(denominators.begin(), denominators.end(), [&](int denominator) { return shorter >= int64_t{denominator} * least; });
  const bool is_smaller = info.format == ImageFormat::jpeg && found != denominators.end();
  return whole_or(is_smaller ? read_jpeg(bytes, *found, ScaledColours::any) : std::nullopt, bytes, where, info, limits);
}

}  // namespace darkroom
