// SPDX-License-Identifier: Apache-2.0
// The simple layers as descriptions: a layer holds the slots of its parameters, a free function computes with the weights that it is given.
// Shapes: B batch, C channels, H W rows and columns, I O in and out.
#pragma once

#include <optional>
#include <string>

#include "core/tensor/parameter_layout.h"

namespace darkroom {

/// How a layer's parameters start.
enum class LayerInit {
  standard,  ///< as PyTorch: U(-1/sqrt(fan_in), 1/sqrt(fan_in)) for weight and bias
  zero,      ///< output projections of the recipe
};

struct LinearLayer {
  int weight = 0;  ///< slot, [O,I] (or [O,I,1,1] in files that hold a 1x1 convolution)
  std::optional<int> bias;
};

struct ConvolutionLayer {
  int weight = 0;  ///< slot, [O,I,K,K]; of a transposed convolution [I,O,K,K]
  int bias = 0;
  int64_t stride = 1;
  int64_t padding = 1;
};

struct NormLayer {
  int weight = 0;
  int bias = 0;
  int64_t groups = 1;  ///< of a group norm
  double eps = 1e-5;
};

struct ConvolutionShape {
  int64_t in = 0;
  int64_t out = 0;
  int64_t kernel = 3;
  int64_t stride = 1;
  int64_t padding = 1;
};

/// Each adds "<name>.weight" (and "<name>.bias") to the layout.
LinearLayer add_linear(ParameterLayout& layout, const std::string& name, int64_t in, int64_t out, LayerInit init = LayerInit::standard);
LinearLayer add_linear_without_bias(ParameterLayout& layout, const std::string& name, int64_t in, int64_t out);
/// A linear layer over channels whose file holds a 1x1 convolution, [O,I,1,1].
LinearLayer add_pointwise(ParameterLayout& layout, const std::string& name, int64_t in, int64_t out, LayerInit init = LayerInit::standard);
ConvolutionLayer add_convolution(ParameterLayout& layout, const std::string& name, const ConvolutionShape& shape,
                                 LayerInit init = LayerInit::standard);
/// A 3x3 convolution with padding 1 that upsample_convolution runs.
ConvolutionLayer add_upsampling(ParameterLayout& layout, const std::string& name, int64_t channels);
ConvolutionLayer add_transposed_convolution(ParameterLayout& layout, const std::string& name, const ConvolutionShape& shape);
/// throws std::invalid_argument when groups do not divide the channels
NormLayer add_group_norm(ParameterLayout& layout, const std::string& name, int64_t channels, int64_t groups, double eps);
NormLayer add_layer_norm(ParameterLayout& layout, const std::string& name, int64_t width, double eps);

inline const torch::Tensor& weight_at(const Weights& weights, int slot) { return weights[static_cast<size_t>(slot)]; }

/// x [...,I] -> [...,O].
torch::Tensor linear(const Weights& weights, const LinearLayer& layer, const torch::Tensor& x);
/// linear(x) + residual [...,O].
torch::Tensor linear_plus(const Weights& weights, const LinearLayer& layer, const torch::Tensor& x, const torch::Tensor& residual);
/// x [B,I,H,W] -> [B,O,H',W'].
torch::Tensor convolution(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_BCHW);
/// convolution(x) + residual [B,O,H',W'].
torch::Tensor convolution_plus(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_BCHW,
                               const torch::Tensor& residual_BCHW);
/// convolution(x) + sum, in the memory of `sum` where nobody else holds it, no gradient is wanted and the weight is packed.
torch::Tensor convolution_onto(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_BCHW, torch::Tensor sum_BCHW);
/// convolution(x) + values, the same for all pixels; values_BO [B,O] or [1,O].
torch::Tensor convolution_plus_channels(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_BCHW,
                                        const torch::Tensor& values_BO);
torch::Tensor transposed_convolution(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_BCHW);
/// The convolution over x enlarged to rows x columns by nearest neighbours; each is twice that of x, or one less.
torch::Tensor upsample_convolution(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_BCHW, int64_t rows,
                                   int64_t columns);
/// A stride-2 convolution without padding over x with one row and one column of zeros added at the bottom and right.
torch::Tensor downsample_bottom_right(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_BCHW);
torch::Tensor group_norm(const Weights& weights, const NormLayer& layer, const torch::Tensor& x_BCHW);
/// SiLU(group_norm(x)).
torch::Tensor group_norm_silu(const Weights& weights, const NormLayer& layer, const torch::Tensor& x_BCHW);
/// The same, in the memory of x where nobody else holds it and no gradient is wanted.
torch::Tensor group_norm_silu_of(const Weights& weights, const NormLayer& layer, torch::Tensor x_BCHW);
/// Over the last dimension.
torch::Tensor layer_norm(const Weights& weights, const NormLayer& layer, const torch::Tensor& x);

/// fresh + x, in place where no gradient is wanted; `fresh` must have no other owner.
torch::Tensor sum_into(torch::Tensor fresh, const torch::Tensor& x);

/// Throws std::invalid_argument unless there is one tensor a slot; `where` is the name of the calling function.
void require_weights(const ParameterLayout& layout, const Weights& weights, const char* where);

}  // namespace darkroom
