// SPDX-License-Identifier: Apache-2.0
// Pictures into latents and back, through a model's VAE. Shapes: B batch, C latent channels, H W pixels, h w latent rows and columns.
#pragma once

#include <torch/types.h>

#include <string_view>

#include "core/image/image.h"
#include "core/sample/sampling_model.h"

namespace darkroom {

/// Whether the VAE runs over strips of rows (core/nn/row_strips.h).
enum class VaeTiling {
  automatic,  ///< where a whole picture would take more than three quarters of the device's free memory
  on,
  off,
};

/// "auto", "on", "off". throws  Error{usage} naming these
VaeTiling vae_tiling_from_name(std::string_view name);

/// float32 [1,3,H,W] in [-1, 1] on the CPU.
torch::Tensor pixels_from_image(const Image& image);

/// rgb_3HW in [-1, 1], any float dtype and device; rounded to 8 bits as diffusers does, values outside are clamped.
/// throws  std::invalid_argument: not [3,H,W]
Image image_from_pixels(const torch::Tensor& rgb_3HW);

/// uint8 [H,W,3] on the CPU, contiguous.
Image image_from_bytes(const torch::Tensor& bytes_HWC);

/// The posterior's mean, times the VAE's scaling factor. (The references draw from the posterior; its deviation is about 1e-3 of the
/// latents' and would make a picture depend on one more random number.)
///
/// pixels_B3HW  float32 in [-1, 1]; H and W multiples of the model's down-scale
/// returns      float32 [B,C,h,w] on the model's device
/// throws       std::invalid_argument naming the shape given
torch::Tensor encode_pixels(const SamplingModel& model, const torch::Tensor& pixels_B3HW, VaeTiling tiling);

/// Decodes latents as they leave a sampler: all pictures at once, or one by one where memory asks for it.
///
/// Where a half-precision VAE gives values that are not finite, those pictures are decoded again in fp32.
/// returns  float32 [B,3,H,W], about [-1, 1], on the CPU
/// throws   Error{failed} when the latents themselves are not finite, naming the first such picture of the batch
torch::Tensor decode_latents(const SamplingModel& model, const torch::Tensor& latents_BChw, VaeTiling tiling);

}  // namespace darkroom
