// SPDX-License-Identifier: Apache-2.0
#include "core/image/upright.h"

#include <algorithm>

namespace darkroom {

std::vector<uint8_t> upright_values(const std::vector<uint8_t>& stored, int width, int height, int channels, int orientation) {
  const bool transposed = orientation >= 5;
  const bool flip_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool flip_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  std::vector<uint8_t> turned(stored.size());
  auto to = turned.begin();
  for (int y = 0; y < (transposed ? width : height); ++y) {
    for (int x = 0; x < (transposed ? height : width); ++x) {
      int from_x = transposed ? y : x;
      int from_y = transposed ? x : y;
      from_x = flip_x ? width - 1 - from_x : from_x;
      from_y = flip_y ? height - 1 - from_y : from_y;
      const auto from = (static_cast<std::ptrdiff_t>(from_y) * width + from_x) * channels;
      to = std::copy_n(stored.begin() + from, channels, to);
    }
  }
  return turned;
}

Image upright(Image image, int orientation) {
  if (orientation == 1) {
    return image;
  }
  Image turned(orientation >= 5 ? image.height : image.width, orientation >= 5 ? image.width : image.height);
  turned.pixels = upright_values(image.pixels, image.width, image.height, Image::channels, orientation);
  return turned;
}

}  // namespace darkroom
