// SPDX-License-Identifier: Apache-2.0
// A part whose border is one of blocks is the centre crop of the smaller picture too: its corner and sides are divided without a rest.
#include "core/image/cropped_decode.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/image/jpeg_reader.h"
#include "core/image/upright.h"

namespace darkroom {
namespace {

constexpr std::array denominators{8, 4, 2};

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

Image decode_by(std::span<const std::byte> bytes, std::string_view where, const ImageInfo& info, int denominator,
                const ImageLimits& limits) {
  if (denominator > 1 && is_complete_image(bytes, info.format)) {
    if (std::optional<ScaledJpeg> small = read_jpeg(bytes, denominator); small && small->facts.warnings == 0) {
      return upright(std::move(small->image), info.orientation);
    }
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

Image decode_cropped(std::span<const std::byte> bytes, std::string_view where, int width, int height, const ImageLimits& limits) {
  const ImageInfo info = read_image_info(bytes, where, limits);
  const Rectangle part = centre_crop(info.shown_width(), info.shown_height(), width, height);
  return centre_crop_resize(decode_by(bytes, where, info, averaging_denominator(info, part, width, height), limits), width, height);
}

Image decode_at_least(std::span<const std::byte> bytes, std::string_view where, int least, const ImageLimits& limits) {
  const ImageInfo info = read_image_info(bytes, where, limits);
  const int shorter = std::min(info.width, info.height);
  const auto* const found =
      std::find_if(denominators.begin(), denominators.end(), [&](int denominator) { return shorter >= int64_t{denominator} * least; });
  const bool is_smaller = info.format == ImageFormat::jpeg && found != denominators.end();
  return decode_by(bytes, where, info, is_smaller ? *found : 1, limits);
}

}  // namespace darkroom
