// SPDX-License-Identifier: Apache-2.0
// source  Pillow's resampling for 8-bit pictures, as facts (support 2, coefficients with 22 fractional bits, each pass rounded to 8 bits);
//         AUTOMATIC1111 stable-diffusion-webui, img2img with a mask; diffusers, prepare_mask_latents
#include "core/image/mask.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/base/atomic_file.h"
#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr double largest_sigma = 256;
constexpr int coefficient_bits = 22;
constexpr double bicubic_support = 2;

int level(float value) { return static_cast<int>(std::lround(value * 255.0F)); }

double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) {
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  }
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

struct BicubicTaps {
  int first = 0;
  std::vector<int> weights;  // with coefficient_bits fractional bits
};

std::vector<BicubicTaps> bicubic_taps(int from, int to) {
  const double scale = static_cast<double>(from) / to;
  const double stretch = std::max(scale, 1.0);
  const double support = bicubic_support * stretch;
  std::vector<BicubicTaps> all(static_cast<size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(std::floor(centre - support + 0.5)), 0);
    const int end = std::min(static_cast<int>(std::floor(centre + support + 0.5)), from);
    std::vector<double> weights;
    double sum = 0;
    for (int x = first; x < end; ++x) {
      weights.push_back(bicubic((x - centre + 0.5) / stretch));
      sum += weights.back();
    }
    BicubicTaps& taps = all[static_cast<size_t>(i)];
    taps.first = first;
    for (const double weight : weights) {
      taps.weights.push_back(static_cast<int>(std::lround(weight / sum * (1 << coefficient_bits))));
    }
  }
  return all;
}

// One axis of `levels`, `from` values a line -> `to`: lines are rows, or columns of a picture that is `lines` wide.
std::vector<int> resample(const std::vector<int>& levels, int from, int to, int lines, bool along_rows) {
  if (from == to) {
    return levels;
  }
  const std::vector<BicubicTaps> all = bicubic_taps(from, to);
  const auto index = [&](int line, int at, int length) {
    return along_rows ? static_cast<size_t>(line) * static_cast<size_t>(length) + static_cast<size_t>(at)
                      : static_cast<size_t>(at) * static_cast<size_t>(lines) + static_cast<size_t>(line);
  };
  std::vector<int> result(static_cast<size_t>(to) * static_cast<size_t>(lines));
  for (int line = 0; line < lines; ++line) {
    for (int i = 0; i < to; ++i) {
      const BicubicTaps& taps = all[static_cast<size_t>(i)];
      int sum = 1 << (coefficient_bits - 1);
      for (size_t k = 0; k < taps.weights.size(); ++k) {
        sum += taps.weights[k] * levels[index(line, taps.first + static_cast<int>(k), from)];
      }
      result[index(line, i, to)] = std::clamp(sum >> coefficient_bits, 0, 255);
    }
  }
  return result;
}

std::vector<float> gaussian(double sigma) {
  const int reach = static_cast<int>(std::floor(2.5 * sigma + 0.5));
  std::vector<float> weights;
  double sum = 0;
  for (int i = -reach; i <= reach; ++i) {
    weights.push_back(static_cast<float>(std::exp(-0.5 * i * i / (sigma * sigma))));
    sum += weights.back();
  }
  for (float& weight : weights) {
    weight = static_cast<float>(weight / sum);
  }
  return weights;
}

int mirrored(int i, int count) {
  if (count == 1) {
    return 0;
  }
  const int period = 2 * (count - 1);
  i = ((i % period) + period) % period;
  return i < count ? i : period - i;
}

Mask blurred(const Mask& mask, const std::vector<float>& weights, bool along_rows) {
  const int reach = static_cast<int>(weights.size()) / 2;
  Mask result(mask.width, mask.height);
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      float sum = 0;
      int offset = -reach;
      for (const float weight : weights) {
        sum += weight * (along_rows ? mask.at(mirrored(x + offset, mask.width), y) : mask.at(x, mirrored(y + offset, mask.height)));
        ++offset;
      }
      result.values[static_cast<size_t>(y) * static_cast<size_t>(mask.width) + static_cast<size_t>(x)] = std::round(sum * 255.0F) / 255.0F;
    }
  }
  return result;
}

Mask nearest_mask(const Mask& mask, int width, int height) {
  Mask result(width, height);
  auto to = result.values.begin();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int from_x = static_cast<int>(int64_t{x} * mask.width / width);
      const int from_y = static_cast<int>(int64_t{y} * mask.height / height);
      *to++ = mask.at(from_x, from_y) >= 0.5F ? 1.0F : 0.0F;
    }
  }
  return result;
}

}  // namespace

Mask::Mask(int width_px, int height_px) : width(width_px), height(height_px) {
  if (width_px < 1 || height_px < 1) {
    throw std::invalid_argument(format("[Mask] both sides must be at least 1, got {}x{}", width_px, height_px));
  }
  values.resize(static_cast<size_t>(width_px) * static_cast<size_t>(height_px));
}

Image read_mask_file(const std::filesystem::path& path, const ImageLimits& limits) {
  const std::string bytes = read_file(path);
  PictureWithAlpha picture = decode_with_alpha(std::as_bytes(std::span(bytes.data(), bytes.size())), path.string(), limits);
  const bool opaque = std::all_of(picture.alpha.begin(), picture.alpha.end(), [](uint8_t alpha) { return alpha == 255; });
  for (size_t i = 0; i * Image::channels < picture.image.pixels.size(); ++i) {
    uint8_t* const pixel = picture.image.pixels.data() + i * Image::channels;
    const int brightness = (19595 * pixel[0] + 38470 * pixel[1] + 7471 * pixel[2] + 32768) >> 16;
    const int value = opaque ? brightness : picture.alpha[i] > 128 ? 255 : 0;
    std::fill_n(pixel, Image::channels, static_cast<uint8_t>(value));
  }
  return std::move(picture.image);
}

Mask mask_from_image(const Image& image) {
  Mask mask(image.width, image.height);
  const uint8_t* pixel = image.pixels.data();
  for (float& value : mask.values) {
    value = static_cast<float>((19595 * pixel[0] + 38470 * pixel[1] + 7471 * pixel[2] + 32768) >> 16) / 255.0F;
    pixel += Image::channels;
  }
  return mask;
}

Mask resize_mask(const Mask& mask, int width, int height) {
  if (mask.width < 1 || mask.height < 1 || width < 1 || height < 1 || width > largest_resized_side || height > largest_resized_side) {
    throw std::invalid_argument(
        format("[resize_mask] sides must be 1 to {}, got {}x{} from {}x{}", largest_resized_side, width, height, mask.width, mask.height));
  }
  std::vector<int> levels;
  levels.reserve(mask.values.size());
  for (const float value : mask.values) {
    levels.push_back(level(value));
  }
  levels = resample(levels, mask.width, width, mask.height, true);
  levels = resample(levels, mask.height, height, width, false);
  Mask result(width, height);
  std::transform(levels.begin(), levels.end(), result.values.begin(), [](int value) { return static_cast<float>(value) / 255.0F; });
  return result;
}

Mask blur_mask(const Mask& mask, double sigma) {
  if (!(sigma >= 0 && sigma <= largest_sigma)) {
    throw std::invalid_argument(format("[blur_mask] sigma must be 0 to {}, got {}", largest_sigma, sigma));
  }
  if (sigma == 0) {
    return mask;
  }
  const std::vector<float> weights = gaussian(sigma);
  return blurred(blurred(mask, weights, true), weights, false);
}

Mask latent_mask(const Mask& mask, int width, int height, LatentMaskRule rule) {
  if (rule == LatentMaskRule::nearest) {
    return nearest_mask(mask, width, height);
  }
  Mask result = resize_mask(mask, width, height);
  if (rule == LatentMaskRule::rounded) {
    std::transform(result.values.begin(), result.values.end(), result.values.begin(), [](float value) { return std::round(value); });
  }
  return result;
}

Image composite(const Image& drawn, const Image& kept, const Mask& mask) {
  if (drawn.width != kept.width || drawn.height != kept.height || mask.width != kept.width || mask.height != kept.height) {
    throw std::invalid_argument(format("[composite] pictures of {}x{} and {}x{} and a mask of {}x{}: expected one size", drawn.width,
                                       drawn.height, kept.width, kept.height, mask.width, mask.height));
  }
  Image result(kept.width, kept.height);
  for (size_t i = 0; i < result.pixels.size(); ++i) {
    const int weight = level(mask.values[i / Image::channels]);
    result.pixels[i] = static_cast<uint8_t>((drawn.pixels[i] * weight + kept.pixels[i] * (255 - weight) + 127) / 255);
  }
  return result;
}

}  // namespace darkroom
