// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/bench_cases.h"

namespace darkroom {

/// "image_decode": JPEGs to the size that a VAE takes, as `data encode` does it (decode_cropped), on one thread, from memory.
///
/// Pictures are those of the folder settings.file, or one composed JPEG of 1024x1024; width and height (512 by default) are the target's.
/// Beside the time: images_per_s, full_images_per_s of the full path (decode, crop, area average), and the least and the median PSNR
/// between the two over at most 50 pictures. shape: pictures, height, width. throws  Error{not_found | bad_input}: a folder without
/// pictures, or a picture that is none
BenchFigures bench_image_decode(const BenchSettings& settings);

}  // namespace darkroom
