// SPDX-License-Identifier: Apache-2.0
// EXIF orientations 2…8: mirrored, turned by 180 degrees, upside down, transposed, turned by 90, transversed, turned by 270.
#pragma once

#include <cstdint>
#include <vector>

#include "core/image/image.h"

namespace darkroom {

/// The picture as it is to be shown. `orientation` is EXIF's, 1…8; 1 gives it back as it is; 5…8 swap its sides.
Image upright(Image image, int orientation);

/// The same for values of any number of channels a pixel; width and height are those of the stored rows.
std::vector<uint8_t> upright_values(const std::vector<uint8_t>& stored, int width, int height, int channels, int orientation);

}  // namespace darkroom
