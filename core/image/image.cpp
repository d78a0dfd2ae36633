// SPDX-License-Identifier: Apache-2.0
#include "core/image/image.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/base/format.h"

namespace darkroom {

Image::Image(int width_px, int height_px) : width(width_px), height(height_px) {
  if (width_px < 1 || height_px < 1) {
    throw std::invalid_argument(format("[Image] both sides must be at least 1, got {}x{}", width_px, height_px));
  }
  pixels.resize(static_cast<size_t>(width_px) * static_cast<size_t>(height_px) * channels);
}

Image crop_image(const Image& image, const Rectangle& part) {
  if (part.x < 0 || part.y < 0 || part.width < 1 || part.height < 1 || part.x > image.width - part.width ||
      part.y > image.height - part.height) {
    throw std::invalid_argument(format("[crop_image] part {}x{} at {},{} does not lie inside {}x{}", part.width, part.height, part.x,
                                       part.y, image.width, image.height));
  }
  Image result(part.width, part.height);
  for (int y = 0; y < part.height; ++y) {
    const uint8_t* from = image.row(part.y + y) + static_cast<size_t>(part.x) * Image::channels;
    std::copy_n(from, result.row_bytes(), result.row(y));
  }
  return result;
}

Rectangle centre_crop(int from_width, int from_height, int width, int height) {
  if (width < 1 || height < 1 || from_width < 1 || from_height < 1) {
    throw std::invalid_argument(
        format("[centre_crop] sizes must be at least 1, got {}x{} of {}x{}", width, height, from_width, from_height));
  }
  // Sides scaled so that both fit: w = min(W, H * width / height), rounded to the nearest pixel.
  const double aspect = static_cast<double>(width) / height;
  Rectangle part{.x = 0, .y = 0, .width = from_width, .height = from_height};
  if (static_cast<double>(from_width) > from_height * aspect) {
    part.width = std::clamp(static_cast<int>(std::lround(from_height * aspect)), 1, from_width);
  } else {
    part.height = std::clamp(static_cast<int>(std::lround(from_width / aspect)), 1, from_height);
  }
  part.x = (from_width - part.width) / 2;
  part.y = (from_height - part.height) / 2;
  return part;
}

Rectangle centre_crop(const Image& image, int width, int height) { return centre_crop(image.width, image.height, width, height); }

Image centre_crop_resize(const Image& image, int width, int height) {
  const Rectangle part = centre_crop(image, width, height);
  if (part.width == image.width && part.height == image.height) {
    return resize_image(image, width, height);
  }
  return resize_image(crop_image(image, part), width, height);
}

Image thumbnail(const Image& image, int longest) {
  const int side = std::max(image.width, image.height);
  if (side <= longest) {
    return image;
  }
  const double scale = static_cast<double>(longest) / side;
  return resize_image(image, std::max(1, static_cast<int>(std::lround(image.width * scale))),
                      std::max(1, static_cast<int>(std::lround(image.height * scale))));
}

double psnr_db(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height || a.pixels.empty()) {
    throw std::invalid_argument(format("[psnr_db] pictures of {}x{} and {}x{}", a.width, a.height, b.width, b.height));
  }
  uint64_t squares = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    const int difference = static_cast<int>(a.pixels[i]) - static_cast<int>(b.pixels[i]);
    squares += static_cast<uint64_t>(difference * difference);
  }
  return 10.0 * std::log10(255.0 * 255.0 * static_cast<double>(a.pixels.size()) / static_cast<double>(squares));
}

PixelStatistics pixel_statistics(const Image& image) {
  uint64_t sum = 0;
  uint64_t sum_squares = 0;
  for (const uint8_t value : image.pixels) {
    sum += value;
    sum_squares += static_cast<uint64_t>(value) * value;
  }
  const auto count = static_cast<double>(std::max<size_t>(image.pixels.size(), 1));
  const double mean = static_cast<double>(sum) / count;
  const double variance = static_cast<double>(sum_squares) / count - mean * mean;
  return {.mean = mean, .std = std::sqrt(std::max(variance, 0.0))};
}

}  // namespace darkroom
