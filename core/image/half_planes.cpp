// SPDX-License-Identifier: Apache-2.0
// Compiled with -O3, a copy for each level of x86-64.
#include "core/image/half_planes.h"

#include <algorithm>
#include <stdexcept>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr size_t column_grain = 32;
// The weights 1, 6, 1 across and down make sums of 64 samples; factors of colours have 16 bits behind the point.
constexpr int32_t middle_colour = 128 * 64;
constexpr int shift = 16 + 6;
constexpr int32_t half = 1 << (shift - 1);
constexpr int32_t red_of_red = 91881;     // 1.402
constexpr int32_t green_of_blue = 22554;  // 0.344136
constexpr int32_t green_of_red = 46802;   // 0.714136
constexpr int32_t blue_of_blue = 116130;  // 1.772

DARKROOM_CLONES void blend_rows(const uint8_t* above, const uint8_t* at, const uint8_t* below, int width, int16_t* out) {
  for (int x = 0; x < width; ++x) {
    out[x] = static_cast<int16_t>(above[x] + 6 * at[x] + below[x]);
  }
}

inline uint8_t clamped(int32_t value) { return static_cast<uint8_t>(std::min(std::max(value, 0), 255)); }

// blue, red  blended rows with one sample more on either side
DARKROOM_CLONES void convert_row(const uint8_t* luma, const int16_t* blue, const int16_t* red, int width, uint8_t* rgb) {
  for (int x = 0; x < width; ++x) {
    const int32_t y = luma[x];
    const int32_t cb = blue[x] + 6 * blue[x + 1] + blue[x + 2] - middle_colour;
    const int32_t cr = red[x] + 6 * red[x + 1] + red[x + 2] - middle_colour;
    rgb[3 * x] = clamped(y + ((red_of_red * cr + half) >> shift));
    rgb[3 * x + 1] = clamped(y + ((half - green_of_blue * cb - green_of_red * cr) >> shift));
    rgb[3 * x + 2] = clamped(y + ((blue_of_blue * cb + half) >> shift));
  }
}

// The row `y` of a plane between its neighbours, the outermost samples once more on either side.
void blend(const std::vector<uint8_t>& plane, const HalfPlanes& planes, int y, std::vector<int16_t>& out) {
  const auto row = [&](int at) { return plane.data() + static_cast<size_t>(std::clamp(at, 0, planes.height - 1)) * planes.stride; };
  blend_rows(row(y - 1), row(y), row(y + 1), planes.width, out.data() + 1);
  const auto last = static_cast<size_t>(planes.width);
  out[0] = out[1];
  out[last + 1] = out[last];
}

}  // namespace

HalfPlanes::HalfPlanes(int width_px, int height_px, int lines) : width(width_px), height(height_px) {
  if (width_px < 1 || height_px < 1 || lines < 1) {
    throw std::invalid_argument(format("[HalfPlanes] a side below 1: {}x{}, {} lines", width_px, height_px, lines));
  }
  stride = (static_cast<size_t>(width) + column_grain - 1) / column_grain * column_grain;
  const auto grain = static_cast<size_t>(lines);
  const size_t samples = (static_cast<size_t>(height) + grain - 1) / grain * grain * stride;
  luma.resize(samples);
  blue.resize(samples);
  red.resize(samples);
}

Image averaged_rgb(const HalfPlanes& planes) {
  Image image(planes.width, planes.height);
  std::vector<int16_t> blue(static_cast<size_t>(planes.width) + 2);
  std::vector<int16_t> red(blue.size());
  for (int y = 0; y < planes.height; ++y) {
    blend(planes.blue, planes, y, blue);
    blend(planes.red, planes, y, red);
    convert_row(planes.luma.data() + static_cast<size_t>(y) * planes.stride, blue.data(), red.data(), planes.width, image.row(y));
  }
  return image;
}

}  // namespace darkroom
