// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, L query tokens, S key tokens, D width, N heads.
#pragma once

#include <optional>
#include <string>

#include "core/nn/layers.h"

namespace darkroom {

struct AttentionLayer {
  LinearLayer to_q, to_k, to_v, to_out;
  int64_t heads = 1;
};

/// Scaled dot-product attention over projected tokens: softmax(q k^T / sqrt(D/N)) v, on PyTorch's fused kernels.
///
/// q_BLD, k_BSD, v_BSD  float, D divisible by heads
/// mask                 bool (true: look) or float (added), broadcastable to [B,N,L,S]; absent: all
/// returns              [B,L,D]
torch::Tensor multi_head_attention(const torch::Tensor& q_BLD, const torch::Tensor& k_BSD, const torch::Tensor& v_BSD, int64_t heads,
                                   const std::optional<torch::Tensor>& mask = std::nullopt, bool causal = false);

/// to_out(attention(to_q(x), to_k(context), to_v(context))); self-attention when context is x.
/// x_BLD [B,L,D], context_BSE [B,S,E]; returns [B,L,D]
torch::Tensor attention(const Weights& weights, const AttentionLayer& layer, const torch::Tensor& x_BLD, const torch::Tensor& context_BSE,
                        const std::optional<torch::Tensor>& mask = std::nullopt);

}  // namespace darkroom
