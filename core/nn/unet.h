// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, C channels, H W latent rows and columns, L tokens, D width of the text states.
#pragma once

#include <memory>
#include <optional>

#include "core/nn/unet_config.h"
#include "core/tensor/parameter_layout.h"

namespace darkroom {

class ContextCache;

/// How one forward pass is run; changes no numbers.
struct UNetRun {
  /// Keep only the inputs of residual blocks and transformers, and compute them again in the backward pass.
  /// The model and the weights must then live until the backward pass has run.
  bool recompute = false;
  /// Keys and values of the context, kept between calls with one context tensor and one set of weights; null: made at each call. Not with
  /// gradients.
  ContextCache* context_cache = nullptr;
  std::optional<torch::Tensor> context_mask_BL;  ///< true (or not 0) where a text token may be looked at; every row has at least one
};

/// A UNet as a description: it knows its parameters and how to compute, and is given the weights at each call.
/// Thread-safe: nothing changes after construction.
class UNetModel {
 public:
  virtual ~UNetModel() = default;

  /// Names as in files, in the order of first use; initial values with the recipe's zeros.
  virtual const ParameterLayout& layout() const = 0;
  virtual const UNetConfig& config() const = 0;

  /// The model's output (predicted noise or velocity).
  ///
  /// Computes in the dtype of the weights; time embedding in fp32. Memory format follows x and the weights: channels_last where either is.
  /// weights      layout().size() tensors in slot order, one dtype and device
  /// x_BCHW       float [B,C,H,W], C = in_channels; `diffusers`: any H, W >= 1; `scratch`: multiples of 2^(levels-1)
  /// t_B          [B] or [1] (one time for all), integer or float, 0 <= t < T train steps
  /// context_BLD  float [B,L,D], D = cross_attention_dim
  /// returns      [B,out_channels,H,W] in the dtype of x
  /// throws       std::invalid_argument naming the argument and the shape given
  virtual torch::Tensor forward(const Weights& weights, const torch::Tensor& x_BCHW, const torch::Tensor& t_B,
                                const torch::Tensor& context_BLD, const UNetRun& run = {}) const = 0;

  int64_t in_channels() const { return config().in_channels; }
  int64_t out_channels() const { return config().out_channels; }
  int64_t context_dim() const { return config().cross_attention_dim; }
};

/// The UNet of config.layout.
/// throws  std::invalid_argument for a config that cannot be built (no levels, groups or heads that do not divide the channels)
std::unique_ptr<UNetModel> make_unet(const UNetConfig& config);

}  // namespace darkroom
