// SPDX-License-Identifier: Apache-2.0
// Heads stay strided views [B,N,L,D/N] of the projections: the fused kernels read them without a copy.
#include "core/nn/attention.h"

namespace darkroom {
namespace {

torch::Tensor split_heads(const torch::Tensor& x_BLD, int64_t heads) {
  return x_BLD.unflatten(2, {heads, x_BLD.size(2) / heads}).transpose(1, 2);
}

}  // namespace

torch::Tensor multi_head_attention(const torch::Tensor& q_BLD, const torch::Tensor& k_BSD, const torch::Tensor& v_BSD, int64_t heads,
                                   const std::optional<torch::Tensor>& mask, bool causal) {
  const torch::Tensor out_BNLD =
      at::scaled_dot_product_attention(split_heads(q_BLD, heads), split_heads(k_BSD, heads), split_heads(v_BSD, heads), mask, 0.0, causal);
  return out_BNLD.transpose(1, 2).flatten(2);
}

torch::Tensor attention(const Weights& weights, const AttentionLayer& layer, const torch::Tensor& x_BLD, const torch::Tensor& context_BSE,
                        const std::optional<torch::Tensor>& mask) {
  const torch::Tensor q = linear(weights, layer.to_q, x_BLD);
  const torch::Tensor k = linear(weights, layer.to_k, context_BSE);
  const torch::Tensor v = linear(weights, layer.to_v, context_BSE);
  return linear(weights, layer.to_out, multi_head_attention(q, k, v, layer.heads, mask));
}

}  // namespace darkroom
