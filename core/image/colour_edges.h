// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/image.h"

namespace darkroom {

/// How hard the colours of a picture change from pixel to pixel: the mean squares of the second differences of R - G and of B - G, across
/// and down, added up. Photographs have less than 200, shapes of saturated colours some thousands.
double colour_edges(const Image& image);

}  // namespace darkroom
