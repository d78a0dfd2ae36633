// SPDX-License-Identifier: Apache-2.0
// Own resampling instead of OpenCV's: the same pixels on every machine and version, and there without OpenCV.
// Separable; rows first, because a whole row of floats is added at a time, which the compiler vectorises.
// source  area: each target pixel is the mean of the source pixels below it, weighted by overlap. Lanczos: sinc(x) sinc(x/3) for |x| < 3,
//         weights normalised to sum 1, samples beyond the border repeat the border.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "core/base/format.h"
#include "core/image/image.h"

namespace darkroom {
namespace {

constexpr int lanczos_lobes = 3;

// The source samples that make one target sample: weights for first, first + 1, ….
struct ResizeTaps {
  int first = 0;
  std::vector<float> weights;
};

ResizeTaps area_taps(int target, int from, int to) {
  const double scale = static_cast<double>(from) / to;
  const double begin = target * scale;
  const double end = std::min<double>((target + 1) * scale, from);
  ResizeTaps taps{.first = std::min(static_cast<int>(begin), from - 1), .weights = {}};
  for (int i = taps.first; i < from && i < end; ++i) {
    taps.weights.push_back(static_cast<float>(std::min<double>(i + 1, end) - std::max<double>(i, begin)));
  }
  return taps;
}

double lanczos(double x) {
  if (std::abs(x) < 1e-9) {
    return 1;
  }
  if (std::abs(x) >= lanczos_lobes) {
    return 0;
  }
  const double a = std::numbers::pi * x;
  return std::sin(a) / a * std::sin(a / lanczos_lobes) / (a / lanczos_lobes);
}

ResizeTaps lanczos_taps(int target, int from, int to) {
  const double centre = (target + 0.5) * from / to - 0.5;
  const int low = static_cast<int>(std::floor(centre)) - lanczos_lobes + 1;
  const int high = low + 2 * lanczos_lobes - 1;
  ResizeTaps taps{.first = std::clamp(low, 0, from - 1), .weights = {}};
  const int count = std::clamp(high, 0, from - 1) - taps.first + 1;
  taps.weights.assign(static_cast<size_t>(count), 0.0F);
  for (int i = low; i <= high; ++i) {
    taps.weights[static_cast<size_t>(std::clamp(i, 0, from - 1) - taps.first)] += static_cast<float>(lanczos(i - centre));
  }
  return taps;
}

std::vector<ResizeTaps> make_taps(int from, int to) {
  std::vector<ResizeTaps> all(static_cast<size_t>(to));
  for (int i = 0; i < to; ++i) {
    ResizeTaps taps = to < from ? area_taps(i, from, to) : lanczos_taps(i, from, to);
    float sum = 0;
    for (const float weight : taps.weights) {
      sum += weight;
    }
    for (float& weight : taps.weights) {
      weight /= sum;
    }
    all[static_cast<size_t>(i)] = std::move(taps);
  }
  return all;
}

uint8_t to_byte(float value) { return static_cast<uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F)); }

}  // namespace

Image resize_image(const Image& image, int width, int height) {
  if (image.width < 1 || image.height < 1 || width < 1 || height < 1 || width > largest_resized_side || height > largest_resized_side) {
    throw std::invalid_argument(format("[resize_image] sides must be 1 to {}, got {}x{} from {}x{}", largest_resized_side, width, height,
                                       image.width, image.height));
  }
  if (width == image.width && height == image.height) {
    return image;
  }
  const std::vector<ResizeTaps> rows = make_taps(image.height, height);
  const std::vector<ResizeTaps> columns = make_taps(image.width, width);
  const size_t values = image.row_bytes();
  std::vector<float> line(values);
  Image result(width, height);
  for (int y = 0; y < height; ++y) {
    const ResizeTaps& taps = rows[static_cast<size_t>(y)];
    std::fill(line.begin(), line.end(), 0.0F);
    for (size_t tap = 0; tap < taps.weights.size(); ++tap) {
      const uint8_t* from = image.row(taps.first + static_cast<int>(tap));
      const float weight = taps.weights[tap];
      for (size_t i = 0; i < values; ++i) {
        line[i] += weight * static_cast<float>(from[i]);
      }
    }
    uint8_t* to = result.row(y);
    for (int x = 0; x < width; ++x, to += Image::channels) {
      const ResizeTaps& across = columns[static_cast<size_t>(x)];
      const float* from = line.data() + static_cast<size_t>(across.first) * Image::channels;
      float red = 0;
      float green = 0;
      float blue = 0;
      for (const float weight : across.weights) {
        red += weight * from[0];
        green += weight * from[1];
        blue += weight * from[2];
        from += Image::channels;
      }
      to[0] = to_byte(red);
      to[1] = to_byte(green);
      to[2] = to_byte(blue);
    }
  }
  return result;
}

}  // namespace darkroom
