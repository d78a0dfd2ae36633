// SPDX-License-Identifier: Apache-2.0
// Weights laid out once for oneDNN's kernels, for inference on a CPU. PyTorch's own convolution and linear layers lay them out again at
// each call, or hand them to a slower library. Shapes: B batch, C channels, H W rows and columns, I O in and out, K kernel.
#pragma once

#include <optional>
#include <string_view>

#include "core/kernels/amx.h"
#include "core/kernels/winograd.h"
#include "core/tensor/parameter_layout.h"

namespace darkroom {

/// Whether this processor and build have packed kernels for `dtype` (x86-64: float32 with AVX2, bfloat16 with AVX-512).
bool can_pack(torch::ScalarType dtype);

/// The weight of one slot in `dtype`, packed where its use allows and can_pack(dtype), else plain.
///
/// A packed tensor is opaque: only the functions of layers.h and below take it. Float32 goes to the matrix unit where there is one and
/// channels and stride fit (amx.h). Elsewhere, in float32, 3x3 convolutions of up to 131,072 pairs of
/// channels are laid out for winograd.h, in four times the memory: there a quarter of the products counts for more than the weights do.
/// Wider ones get that layout at a call over pictures of 4,096 pixels and more, for as long as it lasts.
/// weight  any float dtype, [O,I] or [O,I,K,K] as in files, on the CPU; contiguous ones are read fastest
torch::Tensor pack_weight(const ParameterSlot& slot, const torch::Tensor& weight, torch::ScalarType dtype);

/// The weight of one slot as in files, contiguous, whether it is packed or not. A packed upsampling holds sums of its taps, winograd.h
/// combinations of them: those come back within the rounding of their dtype, amx.h's within 2^-17.
torch::Tensor unpack_weight(const ParameterSlot& slot, const torch::Tensor& weight);

/// A model's weights for inference in `dtype`: those whose names begin with `prefix` packed, the others converted. Values do not change
/// beyond that; results differ from plain weights' by the order of sums.
///
/// Goes tensor by tensor. A tensor over a mapped file gives its memory back when it has been read (it must not have been written to), and
/// one that nobody else holds is freed, so that memory holds hardly more than one copy, while the caller may keep the file's tensors: they
/// cost nothing, and a slot that is to change (a LoRA was merged into it) is pack_weight again. weights  slot order
Weights pack_for_inference(const ParameterLayout& layout, Weights weights, torch::ScalarType dtype, std::string_view prefix = {});

inline bool is_packed(const torch::Tensor& weight) { return weight.is_mkldnn() || is_winograd(weight) || is_amx(weight); }

/// x Wᵀ + bias (+ residual). x [...,I], residual [...,O] contiguous; returns [...,O].
torch::Tensor packed_linear(const torch::Tensor& x, const torch::Tensor& weight, const std::optional<torch::Tensor>& bias,
                            const std::optional<torch::Tensor>& residual = std::nullopt);

/// Convolution + bias (+ residual). x [B,I,H,W], residual as the result; returns [B,O,H',W'] in channels_last.
torch::Tensor packed_convolution(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t stride,
                                 int64_t padding, const std::optional<torch::Tensor>& residual = std::nullopt);

/// Convolution + bias + sum, in the memory of `sum`, which is channels_last and not x. Returns `sum`, or a new tensor for a single pixel.
torch::Tensor packed_convolution_onto(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t stride,
                                      int64_t padding, torch::Tensor sum_BCHW);

/// WeightUse::Kind::upsampling: the convolution + bias over x enlarged to rows x columns, each twice that of x or one less, without making
/// the enlarged picture: a pixel that is doubled meets sums of neighbouring taps, four sets of 2x2 for the four places in a square of
/// pixels, 4/9 of the multiplications. x [B,I,H,W]; returns [B,O,rows,columns] in channels_last. Odd sizes are slow.
torch::Tensor packed_upsample_convolution(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t rows,
                                          int64_t columns);

}  // namespace darkroom
