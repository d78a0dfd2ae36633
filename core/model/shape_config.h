// SPDX-License-Identifier: Apache-2.0
// What a model is made of, read off the shapes of its tensors, for files that come without a configuration.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/nn/clip_text.h"
#include "core/nn/unet_config.h"
#include "core/nn/vae.h"

namespace darkroom {

/// Shapes by our names of the parameters.
using TensorShapes = std::map<std::string, std::vector<int64_t>>;

/// What shapes do not show is as in Stable Diffusion 1.x: 8 attention heads, 32 norm groups; in a text encoder 64 channels a head.
/// Names that are missing are left to the comparison with the layout that the result describes.
/// where   names the file in errors
/// throws  Error{bad_input}: no such part, Stable Diffusion 2.x or XL, or channels that heads or groups do not divide
UNetConfig unet_config_from_shapes(const TensorShapes& shapes, std::string_view where);
/// Scaling factor 0.18215.
VaeConfig vae_config_from_shapes(const TensorShapes& shapes, std::string_view where);
ClipTextConfig text_config_from_shapes(const TensorShapes& shapes, std::string_view where);

}  // namespace darkroom
