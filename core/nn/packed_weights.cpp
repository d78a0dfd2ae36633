// SPDX-License-Identifier: Apache-2.0
// The operators are those of torch.compile's CPU backend; there is no C++ header for them, so they are found by name. They are bound to
// torch 2.11 (packaging pins it); the test of this file fails where a signature differs.
// A packed convolution takes any picture: oneDNN lays the weight out anew for a shape whose layout differs. A packed linear layer takes any
// number of rows: the kernel is chosen for the layout.
#include "core/nn/packed_weights.h"

#include <ATen/Version.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <algorithm>

#include "core/base/mapped_file.h"

namespace darkroom {
namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;
using OptionalTensor = std::optional<at::Tensor>;
using OptionalText = std::optional<std::string_view>;

// What the layouts are chosen for: many rows, pictures of two by 32x32 latents.
constexpr int64_t usual_rows = 2048;
constexpr int64_t usual_batch = 2;
constexpr int64_t usual_side = 32;
// Of an upsampling's strip: 4 MB in float32.
constexpr int64_t values_between = int64_t{1} << 20;

template <typename Signature>
auto find_operator(const char* name, const char* overload) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

at::Tensor reorder_linear(const at::Tensor& weight) {
  static const auto call = find_operator<at::Tensor(const at::Tensor&, std::optional<int64_t>)>("mkldnn::_reorder_linear_weight", "");
  return call.call(weight, usual_rows);
}

at::Tensor reorder_convolution(const at::Tensor& weight, const WeightUse& use) {
  static const auto call =
      find_operator<at::Tensor(const at::Tensor&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, int64_t, at::OptionalIntArrayRef)>(
          "mkldnn::_reorder_convolution_weight", "");
  return call.call(weight, {use.padding, use.padding}, {use.stride, use.stride}, {1, 1}, 1,
                   at::IntArrayRef({usual_batch, weight.size(1), usual_side, usual_side}));
}

// A 1x1 convolution is a linear layer over pixels. oneDNN's own kernel for it wants another layout for small pictures, and would make it
// anew, slowly, at each call.
bool is_pointwise(const WeightUse& use, at::IntArrayRef shape) {
  return shape[2] == 1 && shape[3] == 1 && use.stride == 1 && use.padding == 0;
}

// Fewer channels than that leave too little to multiply between two transforms.
constexpr int64_t fewest_winograd_channels = 64;

bool winograd_could(const torch::Tensor& weight, int64_t stride, int64_t padding) {
  return stride == 1 && padding == 1 && weight.dim() == 4 && weight.scalar_type() == torch::kFloat32 && weight.size(2) == 3 &&
         weight.size(3) == 3 && std::min(weight.size(0), weight.size(1)) >= fewest_winograd_channels &&
         winograd_takes(weight.size(0), weight.size(1));
}

// More pairs of channels make the weights, of which there are four times as many, larger than what is gained is worth keeping.
bool is_for_winograd(const WeightUse& use, const torch::Tensor& weight) {
  constexpr int64_t most_pairs = int64_t{512} * 256;
  return use.kind == WeightUse::Kind::convolution && winograd_could(weight, use.stride, use.padding) &&
         weight.size(0) * weight.size(1) <= most_pairs;
}

bool is_for_amx(const WeightUse& use, const torch::Tensor& weight, torch::ScalarType dtype) {
  const bool is_square = weight.dim() == 2 || weight.size(2) == weight.size(3);
  return dtype == torch::kFloat32 && is_square && (use.kind == WeightUse::Kind::linear || use.stride == 1) &&
         amx_takes(weight.size(0), weight.size(1));
}

// The weight for winograd.h where it runs this convolution. A wide one is made for the call and dropped: over so many pixels that costs
// less than it saves, and keeps no memory. Pixels of a picture, not of the batch: a picture comes out the same alone and in a batch.
std::optional<torch::Tensor> weight_for_winograd(const torch::Tensor& x_BCHW, const torch::Tensor& weight, int64_t stride,
                                                 int64_t padding) {
  constexpr int64_t fewest_pixels = 4096;
  if (is_winograd(weight)) {
    return weight;
  }
  if (is_amx(weight)) {
    return std::nullopt;
  }
  if (x_BCHW.size(2) * x_BCHW.size(3) >= fewest_pixels && winograd_could(weight, stride, padding)) {
    return winograd_weight(weight.to_dense());
  }
  return std::nullopt;
}

// Along one dimension of [O,I,3,3]: the two taps that the first pixel of a doubled pair meets, and the second's.
std::array<torch::Tensor, 2> taps_of_pair(const torch::Tensor& taps, int64_t dimension) {
  const auto tap = [&](int64_t i) { return taps.narrow(dimension, i, 1); };
  return {at::cat({tap(0), tap(1) + tap(2)}, dimension), at::cat({tap(0) + tap(1), tap(2)}, dimension)};
}

// [O,I,3,3] -> [4 O,I,2,2]: for the upper left, upper right, lower left and lower right of a square.
torch::Tensor taps_of_squares(const torch::Tensor& weight) {
  std::vector<torch::Tensor> squares;
  for (const torch::Tensor& rows : taps_of_pair(weight, 2)) {
    for (const torch::Tensor& square : taps_of_pair(rows, 3)) {
      squares.push_back(square);
    }
  }
  return at::cat(squares, 0);
}

// Back again: the outer taps stand alone in a set, the middle one is what is left of a sum.
torch::Tensor taps_of_convolution(const torch::Tensor& squares) {
  const std::vector<torch::Tensor> sets = squares.to(torch::kFloat32).chunk(4, 0);
  const auto joined = [](const torch::Tensor& first, const torch::Tensor& second, int64_t dimension) {
    const torch::Tensor low = first.narrow(dimension, 0, 1), high = second.narrow(dimension, 1, 1);
    return at::cat({low, first.narrow(dimension, 1, 1) - high, high}, dimension);
  };
  return joined(joined(sets[0], sets[1], 3), joined(sets[2], sets[3], 3), 2).to(squares.scalar_type());
}

}  // namespace

bool can_pack(torch::ScalarType dtype) {
  static const std::string capability = at::get_cpu_capability();  // "DEFAULT", "AVX2", "AVX512", …
  const bool wide = capability.starts_with("AVX512");
  return at::hasMKLDNN() && ((dtype == torch::kFloat32 && (wide || capability == "AVX2")) || (dtype == torch::kBFloat16 && wide));
}

torch::Tensor pack_weight(const ParameterSlot& slot, const torch::Tensor& weight, torch::ScalarType dtype) {
  const torch::NoGradGuard no_grad;
  if (slot.use.kind == WeightUse::Kind::other || !weight.device().is_cpu() || is_packed(weight) || !can_pack(dtype)) {
    return weight.to(dtype);
  }
  if (slot.use.kind == WeightUse::Kind::upsampling) {
    const torch::Tensor squares = taps_of_squares(weight.detach().to(torch::kFloat32));
    return is_for_amx(slot.use, squares, dtype) ? amx_weight(squares) : reorder_convolution(squares.to(dtype), slot.use);
  }
  if (is_for_amx(slot.use, weight, dtype)) {
    return amx_weight(weight);
  }
  const torch::Tensor values = weight.detach().to(dtype);
  if (is_for_winograd(slot.use, values)) {
    return winograd_weight(values);
  }
  const bool linear = slot.use.kind == WeightUse::Kind::linear || is_pointwise(slot.use, values.sizes());
  return linear ? reorder_linear(values.flatten(1)) : reorder_convolution(values, slot.use);
}

torch::Tensor unpack_weight(const ParameterSlot& slot, const torch::Tensor& weight) {
  if (!is_packed(weight)) {
    return weight.contiguous();
  }
  if (is_winograd(weight)) {
    return winograd_taps(weight);
  }
  const torch::Tensor values = is_amx(weight) ? amx_taps(weight) : weight.to_dense();
  return slot.use.kind == WeightUse::Kind::upsampling ? taps_of_convolution(values) : values.view(slot.shape);
}

Weights pack_for_inference(const ParameterLayout& layout, Weights weights, torch::ScalarType dtype, std::string_view prefix) {
  for (int i = 0; i < layout.size(); ++i) {
    const ParameterSlot& slot = layout.slot(i);
    torch::Tensor& weight = weights.at(static_cast<size_t>(i));
    torch::Tensor made = slot.name.starts_with(prefix) ? pack_weight(slot, weight, dtype) : weight.to(dtype);
    if (!made.is_same(weight) && weight.device().is_cpu() && weight.is_contiguous()) {
      MappedFile::let_go({static_cast<const std::byte*>(weight.const_data_ptr()), weight.nbytes()});
    }
    weight = std::move(made);
  }
  return weights;
}

torch::Tensor packed_linear(const torch::Tensor& x, const torch::Tensor& weight, const OptionalTensor& bias,
                            const OptionalTensor& residual) {
  if (is_amx(weight)) {
    return amx_linear(x, weight, bias, residual);
  }
  if (residual) {
    static const auto call =
        find_operator<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const OptionalTensor&, std::string_view)>(
            "mkldnn::_linear_pointwise", "binary");
    return call.call(x, *residual, weight, bias, "add");
  }
  static const auto call =
      find_operator<at::Tensor(const at::Tensor&, const at::Tensor&, const OptionalTensor&, std::string_view, Scalars, OptionalText)>(
          "mkldnn::_linear_pointwise", "");
  return call.call(x, weight, bias, "none", Scalars(), "");
}

torch::Tensor packed_convolution(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t stride,
                                 int64_t padding, const OptionalTensor& residual) {
  if (const std::optional<torch::Tensor> quick = weight_for_winograd(x_BCHW, weight, stride, padding)) {
    return winograd_convolution(x_BCHW, *quick, bias, residual);
  }
  if (is_amx(weight) && amx_kernel(weight) > 1) {
    return amx_convolution(x_BCHW, weight, bias, padding, residual);
  }
  if (weight.dim() == 2 || is_amx(weight)) {  // a 1x1 convolution
    const auto rows_of = [](const torch::Tensor& pixels_BCHW) { return pixels_BCHW.permute({0, 2, 3, 1}); };
    return packed_linear(rows_of(x_BCHW), weight, bias, residual ? std::optional(rows_of(*residual)) : std::nullopt).permute({0, 3, 1, 2});
  }
  if (x_BCHW.size(2) <= stride && x_BCHW.size(3) <= stride) {  // one pixel is both channels_last and not, which oneDNN refuses
    const torch::Tensor out = at::conv2d(x_BCHW, weight.to_dense(), bias, stride, padding);
    return residual ? out + *residual : out;
  }
  const std::array<int64_t, 2> strides = {stride, stride};
  const std::array<int64_t, 2> paddings = {padding, padding};
  const std::array<int64_t, 2> dilations = {1, 1};
  if (residual) {
    static const auto call =
        find_operator<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const OptionalTensor&, at::IntArrayRef,
                                 at::IntArrayRef, at::IntArrayRef, int64_t, std::string_view, std::optional<at::Scalar>, OptionalText,
                                 Scalars, OptionalText)>("mkldnn::_convolution_pointwise", "binary");
    return call.call(x_BCHW, *residual, weight, bias, paddings, strides, dilations, 1, "add", at::Scalar(1), std::nullopt, Scalars(),
                     std::nullopt);
  }
  static const auto call =
      find_operator<at::Tensor(const at::Tensor&, const at::Tensor&, const OptionalTensor&, at::IntArrayRef, at::IntArrayRef,
                               at::IntArrayRef, int64_t, std::string_view, Scalars, OptionalText)>("mkldnn::_convolution_pointwise", "");
  return call.call(x_BCHW, weight, bias, paddings, strides, dilations, 1, "none", Scalars(), "");
}

torch::Tensor packed_convolution_onto(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t stride,
                                      int64_t padding, torch::Tensor sum_BCHW) {
  if (sum_BCHW.is_contiguous(at::MemoryFormat::ChannelsLast)) {
    if (const std::optional<torch::Tensor> quick = weight_for_winograd(x_BCHW, weight, stride, padding)) {
      winograd_convolution_onto(x_BCHW, *quick, bias, sum_BCHW);
      return sum_BCHW;
    }
    if (is_amx(weight) && amx_kernel(weight) > 1) {
      amx_convolution_onto(x_BCHW, weight, bias, padding, sum_BCHW);
      return sum_BCHW;
    }
  }
  const bool is_pixel = x_BCHW.size(2) <= stride && x_BCHW.size(3) <= stride;
  if (weight.dim() != 4 || is_pixel || !sum_BCHW.is_contiguous(at::MemoryFormat::ChannelsLast)) {
    return packed_convolution(x_BCHW, weight, bias, stride, padding, sum_BCHW);
  }
  static const auto call = find_operator<at::Tensor&(
      at::Tensor&, const at::Tensor&, const at::Tensor&, const OptionalTensor&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, int64_t,
      std::string_view, std::optional<at::Scalar>, OptionalText, Scalars, OptionalText)>("mkldnn::_convolution_pointwise_", "binary");
  const std::array<int64_t, 2> strides = {stride, stride};
  const std::array<int64_t, 2> paddings = {padding, padding};
  const std::array<int64_t, 2> dilations = {1, 1};
  call.call(sum_BCHW, x_BCHW, weight, bias, paddings, strides, dilations, 1, "add", at::Scalar(1), std::nullopt, Scalars(), std::nullopt);
  return sum_BCHW;
}

torch::Tensor packed_upsample_convolution(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t rows,
                                          int64_t columns) {
  const int64_t height = x_BCHW.size(2), width = x_BCHW.size(3);
  if (rows != 2 * height || columns != 2 * width) {  // the border cuts a doubled pixel, so the sums do not hold there
    return at::conv2d(at::upsample_nearest2d(x_BCHW, {rows, columns}),
                      taps_of_convolution(is_amx(weight) ? amx_taps(weight) : weight.to_dense()), bias, 1, 1);
  }
  const int64_t channels = bias.size(0);
  const torch::Tensor bias_of_sets = bias.repeat(4);
  torch::Tensor out = at::empty({x_BCHW.size(0), channels, rows, columns}, x_BCHW.options().memory_format(at::MemoryFormat::ChannelsLast));
  // In strips of rows, so that what lies between convolution and picture, as large as the picture, stays in the cache.
  const int64_t strip = std::clamp<int64_t>(values_between / (4 * channels * width), 8, height);
  for (int64_t b = 0; b < x_BCHW.size(0); ++b) {
    for (int64_t first = 0; first < height; first += strip) {
      const int64_t last = std::min(first + strip, height);
      const int64_t from = std::max<int64_t>(first - 1, 0);
      const torch::Tensor seen = x_BCHW.narrow(0, b, 1).narrow(2, from, std::min(last + 1, height) - from);
      // Place (r, c) of pixel (y, x)'s square lies at (y + r, x + c): with padding 1 the sets overlap by one row and one column.
      const torch::Tensor sets = packed_convolution(seen, weight, bias_of_sets, 1, 1).narrow(2, first - from, last - first + 1);
      const torch::Tensor place = out.narrow(0, b, 1).narrow(2, 2 * first, 2 * (last - first));
      for (int64_t r = 0; r < 2; ++r) {
        for (int64_t c = 0; c < 2; ++c) {
          place.slice(2, r, place.size(2), 2)
              .slice(3, c, columns, 2)
              .copy_(sets.narrow(1, (2 * r + c) * channels, channels).narrow(2, r, last - first).narrow(3, c, width));
        }
      }
    }
  }
  return out;
}

}  // namespace darkroom
