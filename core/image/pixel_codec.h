// SPDX-License-Identifier: Apache-2.0
// Border to the image library's encoders; encode_image is what others call.
#pragma once

#include <string>

#include "core/image/image_decode.h"

namespace darkroom {

/// A JPEG (4:2:0) or WebP file of the simple form, without metadata.
///
/// quality  1…100; a WebP of quality 100 is lossless
/// throws   std::invalid_argument: another format or quality; Error{failed}: the library refused, or the build has none
std::string encode_pixels(const Image& image, ImageFormat kind, int quality);

}  // namespace darkroom
