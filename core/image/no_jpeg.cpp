// SPDX-License-Identifier: Apache-2.0
// A build without libjpeg: every picture is decoded in full.
#include "core/image/jpeg_reader.h"

namespace darkroom {

bool can_scale_jpeg() { return false; }
std::string jpeg_library() { return {}; }
std::optional<ScaledJpeg> read_jpeg(std::span<const std::byte>, int, ScaledColours) { return std::nullopt; }
std::optional<JpegFacts> read_jpeg_facts(std::span<const std::byte>) { return std::nullopt; }

}  // namespace darkroom
