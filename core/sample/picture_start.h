// SPDX-License-Identifier: Apache-2.0
// What image to image starts from. Shapes: C latent channels, H W pixels, h w latent rows and columns.
#pragma once

#include <torch/types.h>

#include <optional>

#include "core/image/image.h"
#include "core/image/mask.h"
#include "core/sample/latent_codec.h"
#include "core/sample/sampling_model.h"

namespace darkroom {

/// A picture brought to the wanted size, with its mask.
struct PictureStart {
  Image picture;                           ///< W x H
  torch::Tensor latents_1Chw;              ///< float32, scaled, on the model's device
  std::optional<Mask> mask;                ///< W x H, its edge softened: the share of the new picture in each pixel
  std::optional<torch::Tensor> mask_11hw;  ///< float32 on the model's device: 1 is drawn anew, 0 stays

  /// Clean latents with what stays put back: mask x0 + (1 - mask) latents. Without a mask x0 itself.
  torch::Tensor keep(const torch::Tensor& x0_BChw) const;
  /// The same for a finished picture: what stays is the picture's own, not what the VAE makes of it.
  Image keep(const Image& drawn) const;
};

/// Reads options.init_image and options.mask; the picture is cropped to the middle and resized, the mask with it.
/// returns  nothing without options.init_image
/// throws   Error{usage}: a mask without a picture, or not of the picture's size; Error{not_found | bad_input} naming the file
std::optional<PictureStart> load_picture_start(const SamplingModel& model, const GenerateOptions& options, int width, int height);

/// What an inpainting UNet sees besides the latents: [mask, latents of the picture with the mask's area grey], as diffusers' pipeline makes
/// them. Without a start, or a start without a mask, all is to be drawn.
/// returns  float32 [1,1 + C,h,w] on the model's device
torch::Tensor inpainting_channels(const SamplingModel& model, const PictureStart* start, int64_t rows, int64_t columns, VaeTiling tiling);

}  // namespace darkroom
