// SPDX-License-Identifier: Apache-2.0
// From a file to the square that a VAE takes, without computing pixels that the square does not need.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/image/image_decode.h"
#include "core/image/jpeg_reader.h"

namespace darkroom {

/// The largest of 1, 2, 4, 8 by which a file can be decoded smaller, so that averaging it by area to width x height gives what averaging
/// all its pixels gives, at 40 dB and more (one exception: decode_cropped); 1 where that is none, and for all but JPEGs.
///
/// The border of the part must be one of the blocks of 2x2, 4x4, 8x8 pixels that become one, and a side must be a whole multiple of the
/// asked one in blocks, or at least six times as many blocks. In between a block lies in two pixels of the result and its content is shared
/// out wrongly: lines of text then come out at 19 dB (2.2 times larger, by 2) to 40 dB (11 times larger, by 2).
/// part  what is wanted, in pixels of the picture as shown
int averaging_denominator(const ImageInfo& info, const Rectangle& part, int width, int height);

/// A JPEG decoded at 1/denominator (averaging_denominator) and to be averaged from there, as stored; nothing where that would show: see
/// decode_cropped. Damaged data are decoded and counted.
std::optional<ScaledJpeg> read_averaged_jpeg(std::span<const std::byte> bytes, int denominator);

/// centre_crop_resize(decode_image(…), width, height), faster where averaging_denominator allows it (docs/data.md has figures).
///
/// What differs from the full path: the reduced transform keeps a block's lowest frequencies, where averaging weakens them a little; and
/// hard edges between saturated colours are not cut off at 0 and 255 pixel by pixel. Where the latter would show below 40 dB
/// (colour_edges), the picture is decoded again in full. A JPEG with damaged data, with four inks, with colour planes that are halved one
/// way alone (4:2:2), or in a build without libjpeg goes the full path at once.
///
/// throws  as decode_image
Image decode_cropped(std::span<const std::byte> bytes, std::string_view where, int width, int height, const ImageLimits& limits = {});

/// What decides the pixels that decode_cropped gives beside the file: libraries, their versions and the rule by which JPEGs are decoded
/// smaller: "opencv 4.6.0, libjpeg-turbo 2.1.5, reduced by rule 2"; "opencv 4.6.0, in full" where they never are. Part of a LatentRecipe.
std::string decoder_name();

/// A picture of at least `least` pixels a side (or as large as it is), for hashes and thumbnails: JPEGs at the smallest of 1/8 … 1/1.
/// throws  as decode_image
Image decode_at_least(std::span<const std::byte> bytes, std::string_view where, int least, const ImageLimits& limits = {});

}  // namespace darkroom
