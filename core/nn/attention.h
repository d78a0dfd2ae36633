// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, L query tokens, S key tokens, D width, N heads.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "core/nn/layers.h"

namespace darkroom {

struct AttentionLayer {
  LinearLayer to_q, to_k, to_v, to_out;
  int64_t heads = 1;
};

/// What one attention layer makes of its context.
struct ProjectedContext {
  torch::Tensor k_BSD, v_BSD;
};

/// The keys and values of one context, kept from one step of a sampler to the next: a text does not change between steps. Not thread-safe.
class ContextCache {
 public:
  /// What is kept belongs to this context tensor (the very object); another one empties the cache.
  void begin(const torch::Tensor& context_BSE);
  /// Those of the layer, projected when it asks for the first time.
  const ProjectedContext& of(const Weights& weights, const AttentionLayer& layer, const torch::Tensor& context_BSE);
  /// The values of the context have changed: projects it again for all layers, into the same memory.
  void renew(const Weights& weights);

 private:
  struct Entry {
    AttentionLayer layer;
    ProjectedContext projected;
  };

  torch::Tensor context_;
  std::unordered_map<int, Entry> by_weight_;  ///< the slot of to_k
};

/// Scaled dot-product attention over projected tokens: softmax(q k^T / sqrt(D/N)) v: core/kernels/fused_attention.h where it takes the
/// call, else PyTorch's fused kernels.
///
/// q_BLD, k_BSD, v_BSD  float, D divisible by heads
/// mask                 bool (true: look) or float (added), broadcastable to [B,N,L,S]; absent: all
/// returns              [B,L,D]
torch::Tensor multi_head_attention(const torch::Tensor& q_BLD, const torch::Tensor& k_BSD, const torch::Tensor& v_BSD, int64_t heads,
                                   const std::optional<torch::Tensor>& mask = std::nullopt, bool causal = false);

/// attention(to_q(x), to_k(context), to_v(context)), which to_out is still to be applied to; self-attention when context is x.
/// x_BLD [B,L,D], context_BSE [B,S,E]; cache: null, or one whose begin() has seen this context's origin; returns [B,L,D]
torch::Tensor attend(const Weights& weights, const AttentionLayer& layer, const torch::Tensor& x_BLD, const torch::Tensor& context_BSE,
                     const std::optional<torch::Tensor>& mask = std::nullopt, ContextCache* cache = nullptr);

}  // namespace darkroom
