// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace darkroom {

/// Whether a file is a moving picture: a GIF, a WebP with the animation flag, a PNG with an animation chunk (APNG), whose decoders would
/// give one frame and say nothing.
bool is_animated(std::span<const std::byte> bytes);

}  // namespace darkroom
