// SPDX-License-Identifier: Apache-2.0
// The crop is laid on the smaller picture: against the crop of the full one its border moves by at most half a pixel of the smaller.
#include "core/image/cropped_decode.h"

#include <algorithm>

#include "core/image/jpeg_reader.h"
#include "core/image/upright.h"

namespace darkroom {
namespace {

constexpr int largest_denominator = 8;

// The largest of 1, 2, 4, 8 that leaves both sides at least as wanted.
int denominator_for(const ImageInfo& info, int wanted_width, int wanted_height) {
  int denominator = 1;
  while (denominator < largest_denominator && info.shown_width() >= int64_t{2} * denominator * wanted_width &&
         info.shown_height() >= int64_t{2} * denominator * wanted_height) {
    denominator *= 2;
  }
  return denominator;
}

Image decode_scaled(std::span<const std::byte> bytes, std::string_view where, int width, int height, const ImageLimits& limits) {
  const ImageInfo info = read_image_info(bytes, where, limits);
  const int denominator = denominator_for(info, width, height);
  if (info.format == ImageFormat::jpeg && denominator > 1 && is_complete_image(bytes, info.format)) {
    if (std::optional<ScaledJpeg> small = read_jpeg(bytes, denominator); small && small->facts.warnings == 0) {
      return upright(std::move(small->image), info.orientation);
    }
  }
  return decode_image(bytes, where, limits);
}

}  // namespace

Image decode_cropped(std::span<const std::byte> bytes, std::string_view where, int width, int height, const ImageLimits& limits) {
  return centre_crop_resize(decode_scaled(bytes, where, width, height, limits), width, height);
}

Image decode_at_least(std::span<const std::byte> bytes, std::string_view where, int least, const ImageLimits& limits) {
  return decode_scaled(bytes, where, least, least, limits);
}

}  // namespace darkroom
