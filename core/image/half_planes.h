// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/image/image.h"

namespace darkroom {

/// A JPEG with halved colour planes (4:2:0), decoded at 1/2: brightness and both colours with one sample a pixel, JFIF's full-range
/// YCbCr of ITU-R BT.601. Rows may be longer than the picture is wide.
struct HalfPlanes {
  int width = 0;
  int height = 0;
  size_t stride = 0;  ///< samples from a row to the next; at least width
  std::vector<uint8_t> luma;
  std::vector<uint8_t> blue;
  std::vector<uint8_t> red;

  /// Rows beyond the picture are there up to a multiple of `lines`, columns up to one of 32. throws std::invalid_argument for a side below
  /// 1
  HalfPlanes(int width_px, int height_px, int lines);
};

/// RGB as decoding in full and averaging each 2x2 pixels gives it. The full path draws colours out to twice their sides by the triangle
/// filter ("fancy upsampling" of libjpeg), weights 3/4 and 1/4: the mean of two such neighbours is 1/8, 3/4, 1/8 of three samples, across
/// and down. What remains between the two is what the full path cuts off at 0 and 255 before it averages.
Image averaged_rgb(const HalfPlanes& planes);

}  // namespace darkroom
