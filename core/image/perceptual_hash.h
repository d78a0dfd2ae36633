// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/image/image.h"

namespace darkroom {

/// Shorter side, in px, that a picture needs for perceptual_hash to say much about it; more than that changes nothing but a few bits.
inline constexpr int perceptual_hash_side = 64;

/// 64 bits that stay nearly the same when a picture is scaled, compressed again, brightened or slightly cropped: the DCT hash ("pHash").
///
/// The picture is averaged to 32x32 grey values, of which the two-dimensional DCT-II is taken; bit i (from the most significant) says
/// whether coefficient i of the 8x8 lowest frequencies, row by row, the constant one included, lies above the median of the 64.
/// Alike are pictures of which few bits differ: 0 to 4 of 64 are the same picture, unrelated ones differ in 32 on average.
///
/// throws  std::invalid_argument for an empty picture
/// source  Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions", section 3.2; bits in the order of the Python
///         package ImageHash, whose 16 hex digits COYO-700M has too
uint64_t perceptual_hash(const Image& image);

/// Of how many bits two hashes differ, 0…64.
int hash_distance(uint64_t a, uint64_t b);

}  // namespace darkroom
