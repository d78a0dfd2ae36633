// SPDX-License-Identifier: Apache-2.0
// A 1x1 convolution is computed as a linear layer over [B,HW,C]: under channels_last that is a view, and one matrix product.
#include "core/nn/layers.h"

#include "core/base/format.h"
#include "core/kernels/group_norm.h"
#include "core/nn/packed_weights.h"

namespace darkroom {
namespace {

struct Initial {
  ParameterInit init;
  double scale;
};

Initial initial(LayerInit init, int64_t fan_in) {
  return init == LayerInit::zero ? Initial{ParameterInit::zeros, 0.0}
                                 : Initial{ParameterInit::uniform, 1.0 / std::sqrt(static_cast<double>(fan_in))};
}

LinearLayer add_affine(ParameterLayout& layout, const std::string& name, std::vector<int64_t> shape, LayerInit init) {
  const Initial start = initial(init, shape[1]);
  const int64_t out = shape[0];
  const int weight = layout.add(name + ".weight", std::move(shape), start.init, start.scale);
  layout.set_use(weight, {WeightUse::Kind::linear});
  return {weight, layout.add(name + ".bias", {out}, start.init, start.scale)};
}

}  // namespace

LinearLayer add_linear(ParameterLayout& layout, const std::string& name, int64_t in, int64_t out, LayerInit init) {
  return add_affine(layout, name, {out, in}, init);
}

LinearLayer add_linear_without_bias(ParameterLayout& layout, const std::string& name, int64_t in, int64_t out) {
  const Initial start = initial(LayerInit::standard, in);
  const int weight = layout.add(name + ".weight", {out, in}, start.init, start.scale);
  layout.set_use(weight, {WeightUse::Kind::linear});
  return {weight, std::nullopt};
}

LinearLayer add_pointwise(ParameterLayout& layout, const std::string& name, int64_t in, int64_t out, LayerInit init) {
  return add_affine(layout, name, {out, in, 1, 1}, init);
}

ConvolutionLayer add_convolution(ParameterLayout& layout, const std::string& name, const ConvolutionShape& shape, LayerInit init) {
  const Initial start = initial(init, shape.in * shape.kernel * shape.kernel);
  const int weight = layout.add(name + ".weight", {shape.out, shape.in, shape.kernel, shape.kernel}, start.init, start.scale);
  layout.set_use(weight, {WeightUse::Kind::convolution, shape.stride, shape.padding});
  return {weight, layout.add(name + ".bias", {shape.out}, start.init, start.scale), shape.stride, shape.padding};
}

ConvolutionLayer add_upsampling(ParameterLayout& layout, const std::string& name, int64_t channels) {
  const ConvolutionLayer layer = add_convolution(layout, name, {.in = channels, .out = channels});
  layout.set_use(layer.weight, {WeightUse::Kind::upsampling, layer.stride, layer.padding});
  return layer;
}

ConvolutionLayer add_transposed_convolution(ParameterLayout& layout, const std::string& name, const ConvolutionShape& shape) {
  // PyTorch takes the second extent of the weight for fan_in, which is `out` here.
  const Initial start = initial(LayerInit::standard, shape.out * shape.kernel * shape.kernel);
  const int weight = layout.add(name + ".weight", {shape.in, shape.out, shape.kernel, shape.kernel}, start.init, start.scale);
  return {weight, layout.add(name + ".bias", {shape.out}, start.init, start.scale), shape.stride, shape.padding};
}

NormLayer add_group_norm(ParameterLayout& layout, const std::string& name, int64_t channels, int64_t groups, double eps) {
  if (groups <= 0 || channels % groups != 0) {
    throw std::invalid_argument(format("[add_group_norm] {}: {} groups do not divide {} channels", name, groups, channels));
  }
  const int weight = layout.add(name + ".weight", {channels}, ParameterInit::ones);
  return {weight, layout.add(name + ".bias", {channels}, ParameterInit::zeros), groups, eps};
}

NormLayer add_layer_norm(ParameterLayout& layout, const std::string& name, int64_t width, double eps) {
  const int weight = layout.add(name + ".weight", {width}, ParameterInit::ones);
  return {weight, layout.add(name + ".bias", {width}, ParameterInit::zeros), 1, eps};
}

torch::Tensor linear(const Weights& weights, const LinearLayer& layer, const torch::Tensor& x) {
  const torch::Tensor& weight = weight_at(weights, layer.weight);
  const std::optional<torch::Tensor> bias = layer.bias ? std::optional(weight_at(weights, *layer.bias)) : std::nullopt;
  if (is_packed(weight)) {
    return packed_linear(x, weight, bias);
  }
  return at::linear(x, weight.dim() == 2 ? weight : weight.flatten(1), bias);
}

torch::Tensor linear_plus(const Weights& weights, const LinearLayer& layer, const torch::Tensor& x, const torch::Tensor& residual) {
  const torch::Tensor& weight = weight_at(weights, layer.weight);
  if (is_packed(weight)) {
    return packed_linear(x, weight, layer.bias ? std::optional(weight_at(weights, *layer.bias)) : std::nullopt, residual);
  }
  return sum_into(linear(weights, layer, x), residual);
}

torch::Tensor convolution(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_BCHW) {
  if (const torch::Tensor& weight = weight_at(weights, layer.weight); is_packed(weight)) {
    return packed_convolution(x_BCHW, weight, weight_at(weights, layer.bias), layer.stride, layer.padding);
  }
  return at::conv2d(x_BCHW, weight_at(weights, layer.weight), weight_at(weights, layer.bias), layer.stride, layer.padding);
}

torch::Tensor convolution_plus(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_BCHW,
                               const torch::Tensor& residual_BCHW) {
  if (const torch::Tensor& weight = weight_at(weights, layer.weight); is_packed(weight)) {
    return packed_convolution(x_BCHW, weight, weight_at(weights, layer.bias), layer.stride, layer.padding, residual_BCHW);
  }
  return sum_into(convolution(weights, layer, x_BCHW), residual_BCHW);
}

torch::Tensor convolution_onto(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_BCHW, torch::Tensor sum_BCHW) {
  const torch::Tensor& weight = weight_at(weights, layer.weight);
  const bool is_ours = sum_BCHW.use_count() == 1 && sum_BCHW.storage().use_count() == 1 && !at::GradMode::is_enabled();
  if (is_packed(weight) && is_ours) {
    return packed_convolution_onto(x_BCHW, weight, weight_at(weights, layer.bias), layer.stride, layer.padding, std::move(sum_BCHW));
  }
  return convolution_plus(weights, layer, x_BCHW, sum_BCHW);
}

torch::Tensor convolution_plus_channels(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_BCHW,
                                        const torch::Tensor& values_BO) {
  const torch::Tensor& weight = weight_at(weights, layer.weight);
  if (is_packed(weight) && values_BO.size(0) == 1) {
    return packed_convolution(x_BCHW, weight, weight_at(weights, layer.bias) + values_BO[0], layer.stride, layer.padding);
  }
  return sum_into(convolution(weights, layer, x_BCHW), values_BO.unsqueeze(-1).unsqueeze(-1));
}

torch::Tensor transposed_convolution(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_BCHW) {
  return at::conv_transpose2d(x_BCHW, weight_at(weights, layer.weight), weight_at(weights, layer.bias), layer.stride, layer.padding);
}

torch::Tensor upsample_convolution(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_BCHW, int64_t rows,
                                   int64_t columns) {
  if (const torch::Tensor& weight = weight_at(weights, layer.weight); is_packed(weight)) {
    return packed_upsample_convolution(x_BCHW, weight, weight_at(weights, layer.bias), rows, columns);
  }
  return convolution(weights, layer, at::upsample_nearest2d(x_BCHW, {rows, columns}));
}

torch::Tensor downsample_bottom_right(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_BCHW) {
  if (const torch::Tensor& weight = weight_at(weights, layer.weight); is_packed(weight)) {
    return packed_convolution(at::constant_pad_nd(x_BCHW, {0, 1, 0, 1}), weight, weight_at(weights, layer.bias), layer.stride,
                              /*padding=*/0);
  }
  return at::conv2d(at::constant_pad_nd(x_BCHW, {0, 1, 0, 1}), weight_at(weights, layer.weight), weight_at(weights, layer.bias),
                    layer.stride, at::IntArrayRef({0, 0}));
}

torch::Tensor group_norm(const Weights& weights, const NormLayer& layer, const torch::Tensor& x_BCHW) {
  const torch::Tensor& weight = weight_at(weights, layer.weight);
  const torch::Tensor& bias = weight_at(weights, layer.bias);
  return group_norm_channels_last_takes(x_BCHW) ? group_norm_channels_last(x_BCHW, weight, bias, layer.groups, layer.eps, /*silu=*/false)
                                                : at::group_norm(x_BCHW, layer.groups, weight, bias, layer.eps);
}

torch::Tensor group_norm_silu(const Weights& weights, const NormLayer& layer, const torch::Tensor& x_BCHW) {
  if (group_norm_channels_last_takes(x_BCHW)) {
    return group_norm_channels_last(x_BCHW, weight_at(weights, layer.weight), weight_at(weights, layer.bias), layer.groups, layer.eps,
                                    /*silu=*/true);
  }
  torch::Tensor normed = group_norm(weights, layer, x_BCHW);
  return normed.requires_grad() ? at::silu(normed) : at::silu_(normed);
}

torch::Tensor group_norm_silu_of(const Weights& weights, const NormLayer& layer, torch::Tensor x_BCHW) {
  if (group_norm_channels_last_takes(x_BCHW)) {
    return group_norm_channels_last_of(std::move(x_BCHW), weight_at(weights, layer.weight), weight_at(weights, layer.bias), layer.groups,
                                       layer.eps, /*silu=*/true);
  }
  return group_norm_silu(weights, layer, x_BCHW);
}

torch::Tensor layer_norm(const Weights& weights, const NormLayer& layer, const torch::Tensor& x) {
  return at::layer_norm(x, {x.size(-1)}, weight_at(weights, layer.weight), weight_at(weights, layer.bias), layer.eps);
}

torch::Tensor sum_into(torch::Tensor fresh, const torch::Tensor& x) {
  return fresh.requires_grad() || x.requires_grad() ? fresh + x : fresh.add_(x);
}

void require_weights(const ParameterLayout& layout, const Weights& weights, const char* where) {
  if (weights.size() != static_cast<size_t>(layout.size())) {
    throw std::invalid_argument(format("[{}] weights must be {} tensors in slot order, got {}", where, layout.size(), weights.size()));
  }
}

}  // namespace darkroom
