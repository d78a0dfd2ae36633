// SPDX-License-Identifier: Apache-2.0
// Pixels in memory, and how their number is changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace darkroom {

/// An RGB picture, 8 bits a channel, rows from the top, no padding: pixels[(y * width + x) * channels + c].
struct Image {
  static constexpr int channels = 3;

  int width = 0;
  int height = 0;
  std::vector<uint8_t> pixels;

  Image() = default;
  /// Black. throws std::invalid_argument when a side is below 1
  Image(int width_px, int height_px);

  size_t row_bytes() const { return static_cast<size_t>(width) * channels; }
  const uint8_t* row(int y) const { return pixels.data() + static_cast<size_t>(y) * row_bytes(); }
  uint8_t* row(int y) { return pixels.data() + static_cast<size_t>(y) * row_bytes(); }
  bool operator==(const Image&) const = default;
};

/// A part of a picture, in pixels.
struct Rectangle {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  bool operator==(const Rectangle&) const = default;
};

/// What resize_image and resize_mask make at most, in pixels.
constexpr int largest_resized_side = 32768;

/// Brings a picture to another size. An axis that shrinks is averaged by exact pixel area; one that grows uses Lanczos (a = 3).
///
/// Works on the stored values (no conversion to linear light), as the tools that made the training sets do. The same on every machine.
/// width, height  of the result, 1…largest_resized_side
/// throws         std::invalid_argument: an empty picture or a size out of range
Image resize_image(const Image& image, int width, int height);

/// The pixels of `part`. throws std::invalid_argument when it does not lie inside the picture
Image crop_image(const Image& image, const Rectangle& part);

/// The largest centred part of the aspect ratio width:height, of a picture of these sides. An odd rest stands on the right and at the
/// bottom.
Rectangle centre_crop(int from_width, int from_height, int width, int height);
Rectangle centre_crop(const Image& image, int width, int height);

/// Peak signal-to-noise ratio, 10 log10(255^2 / mean squared difference), in dB; infinite for equal pictures. throws std::invalid_argument
/// for pictures of two sizes
double psnr_db(const Image& a, const Image& b);

/// centre_crop, then resize_image to width x height.
Image centre_crop_resize(const Image& image, int width, int height);

/// Fits into a square of `longest` pixels, aspect kept, never enlarged; each side at least 1.
Image thumbnail(const Image& image, int longest);

/// What the filters look at.
struct PixelStatistics {
  double mean = 0;  ///< over all channels, 0…255
  double std = 0;   ///< population standard deviation over all channels, 0…127.5
};

PixelStatistics pixel_statistics(const Image& image);

}  // namespace darkroom
