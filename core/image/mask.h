// SPDX-License-Identifier: Apache-2.0
// Masks for inpainting: where a picture is drawn anew.
#pragma once

#include <filesystem>
#include <vector>

#include "core/image/image_decode.h"

namespace darkroom {

/// One value a pixel, rows from the top: 1 is drawn anew, 0 stays. Values are multiples of 1/255, as an 8-bit mask has them, also after
/// blur and resize: so every step gives what AUTOMATIC1111's chain of 8-bit pictures gives.
struct Mask {
  int width = 0;
  int height = 0;
  std::vector<float> values;  ///< values[y * width + x], 0…1

  Mask() = default;
  /// Black: all stays. throws std::invalid_argument when a side is below 1
  Mask(int width_px, int height_px);
  float at(int x, int y) const { return values[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)]; }
  bool operator==(const Mask&) const = default;
};

/// A mask's picture in grey. A file whose alpha channel is not opaque everywhere gives that channel, above 128 white and else black (what a
/// brush on a transparent layer leaves); any other file gives its brightness.
/// throws  as read_image_file
Image read_mask_file(const std::filesystem::path& path, const ImageLimits& limits = {});

/// Brightness by ITU-R 601: (19595 R + 38470 G + 7471 B + 32768) / 65536, as Pillow's "L". throws std::invalid_argument: an empty picture
Mask mask_from_image(const Image& image);

/// Bicubic (a = -0.5) with the kernel widened when an axis shrinks, rows first, in Pillow's fixed-point arithmetic: equal to its resize of
/// an 8-bit picture.
/// throws  std::invalid_argument: a size below 1 or above largest_resized_side
Mask resize_mask(const Mask& mask, int width, int height);

/// Gaussian of `sigma` pixels, along rows and then columns, 2 * floor(2.5 sigma + 0.5) + 1 taps, edges mirrored without repeating the edge:
/// AUTOMATIC1111's "Mask blur". 0 returns the mask.
/// throws  std::invalid_argument: sigma below 0 or above 256
Mask blur_mask(const Mask& mask, double sigma);

/// How a mask is brought to the latents' size.
enum class LatentMaskRule {
  rounded,  ///< resize_mask, then each value to 0 or 1: AUTOMATIC1111's blending of latents in each step
  soft,     ///< resize_mask alone: its "soft inpainting"
  nearest   ///< 0 or 1 at 0.5, then the source pixel at floor(i * from / to): diffusers, for the mask channel of 9-channel UNets
};

Mask latent_mask(const Mask& mask, int width, int height, LatentMaskRule rule);

/// drawn where the mask is 1, kept where it is 0, in between rounded to the nearest level. All three have one size.
/// throws  std::invalid_argument: sizes differ
Image composite(const Image& drawn, const Image& kept, const Mask& mask);

}  // namespace darkroom
