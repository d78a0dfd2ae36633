// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, C channels, H W latent rows and columns.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "core/tensor/parameter_layout.h"

namespace darkroom {

struct TinyDecoderShape {
  int64_t latent_channels = 4;
  int64_t width = 64;  ///< channels of every layer
};

/// The decoder of a tiny autoencoder (TAESD): latents as the UNet sees them, straight to pixels, for previews. 1,222,531 parameters in
/// the usual shape. A description; weights are given at each call. Thread-safe.
///
/// Names are those of diffusers' AutoencoderTiny ("decoder.layers.0.weight"); taesd_decoder.safetensors counts one higher and has no
/// prefix: see tiny_decoder_name.
/// source  madebyollin/taesd (MIT)
class TinyDecoder {
 public:
  /// throws std::invalid_argument: a number below 1
  explicit TinyDecoder(const TinyDecoderShape& shape = {});

  const ParameterLayout& layout() const { return layout_; }
  /// Pixels a latent.
  static constexpr int64_t upscale = 8;

  /// latents_BCHW  float [B,latent_channels,H,W], scaled as the diffusion model sees them
  /// returns       [B,3,8H,8W], about [-1, 1], not clamped, in the dtype of the weights
  /// throws        std::invalid_argument naming the shape given
  torch::Tensor decode(const Weights& weights, const torch::Tensor& latents_BCHW) const;

 private:
  struct Convolution {
    int weight = 0;
    std::optional<int> bias;
  };
  using Block = std::array<Convolution, 3>;
  struct Stage {
    std::vector<Block> blocks;
    std::optional<Convolution> after_upsampling;  ///< absent in the last stage
  };

  TinyDecoderShape shape_;
  ParameterLayout layout_;
  Convolution conv_in_;
  std::vector<Stage> stages_;
  Convolution conv_out_;
};

/// The layout's name for a tensor of taesd_decoder.safetensors ("3.conv.0.weight" -> "decoder.layers.2.conv.0.weight"); other names as
/// they are.
std::string tiny_decoder_name(const std::string& name);

}  // namespace darkroom
