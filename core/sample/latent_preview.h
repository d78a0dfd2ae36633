// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, C latent channels, H W latent rows and columns.
#pragma once

#include <torch/types.h>

#include "core/nn/vae.h"

namespace darkroom {

/// A linear guess at what latents look like: RGB = latents · factors + bias, one pixel a latent.
///
/// The published factors fit only the VAE of SD 1.x, so they are fitted to the VAE at hand: it decodes patches of constant latents, and the
/// mean colours are explained by least squares. A preview then costs one small matrix product.
class LatentPreview {
 public:
  /// Decodes 64 patches of 4x4 latents: for the VAE of SD 1.x about the cost of a 256x256 picture, once per loaded model.
  static LatentPreview fit(const Vae& vae, const Weights& weights, torch::ScalarType dtype, torch::Device device);

  /// latents_CHW  float [C,H,W], scaled as the diffusion model sees them
  /// returns      uint8 [H,W,3] on the CPU, RGB
  torch::Tensor rgb(const torch::Tensor& latents_CHW) const;

  /// Share of the colours' variance that the fit explains on its own patches, 0 to 1.
  double explained() const { return explained_; }

 private:
  torch::Tensor factors_C3_;  ///< float32 [C,3]
  torch::Tensor bias_3_;      ///< float32 [3]
  double explained_ = 0;
};

}  // namespace darkroom
