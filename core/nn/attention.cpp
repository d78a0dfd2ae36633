// SPDX-License-Identifier: Apache-2.0
// Heads stay strided views [B,N,L,D/N] of the projections: PyTorch's fused kernels read them without a copy. Ours runs for packed weights
// alone, so that training and what is compared with it never change with it.
#include "core/nn/attention.h"

#include "core/kernels/fused_attention.h"
#include "core/nn/packed_weights.h"

namespace darkroom {
namespace {

torch::Tensor split_heads(const torch::Tensor& x_BLD, int64_t heads) {
  return x_BLD.unflatten(2, {heads, x_BLD.size(2) / heads}).transpose(1, 2);
}

ProjectedContext project(const Weights& weights, const AttentionLayer& layer, const torch::Tensor& context_BSE) {
  const torch::Tensor k_BSD = linear(weights, layer.to_k, context_BSE);
  return {k_BSD, linear(weights, layer.to_v, context_BSE)};
}

}  // namespace

void ContextCache::begin(const torch::Tensor& context_BSE) {
  if (!context_.is_same(context_BSE)) {
    by_weight_.clear();
    context_ = context_BSE;
  }
}

const ProjectedContext& ContextCache::of(const Weights& weights, const AttentionLayer& layer, const torch::Tensor& context_BSE) {
  auto found = by_weight_.find(layer.to_k.weight);
  if (found == by_weight_.end()) {
    found = by_weight_.emplace(layer.to_k.weight, Entry{layer, project(weights, layer, context_BSE)}).first;
  }
  return found->second.projected;
}

void ContextCache::renew(const Weights& weights) {
  for (auto& [slot, entry] : by_weight_) {
    const torch::Tensor context_BSE = context_.to(entry.projected.k_BSD.scalar_type());
    const ProjectedContext now = project(weights, entry.layer, context_BSE);
    entry.projected.k_BSD.copy_(now.k_BSD);
    entry.projected.v_BSD.copy_(now.v_BSD);
  }
}

namespace {

torch::Tensor fused_or_plain(const torch::Tensor& q_BNLD, const torch::Tensor& k_BNSD, const torch::Tensor& v_BNSD,
                             const std::optional<torch::Tensor>& mask, bool causal) {
  if (q_BNLD.is_meta()) {  // shapes alone: LibTorch would choose the form that keeps the whole attention matrix
    return std::get<0>(at::_scaled_dot_product_flash_attention_for_cpu(q_BNLD, k_BNSD, v_BNSD, 0.0, causal, mask));
  }
  return at::scaled_dot_product_attention(q_BNLD, k_BNSD, v_BNSD, mask, 0.0, causal);
}

}  // namespace

torch::Tensor multi_head_attention(const torch::Tensor& q_BLD, const torch::Tensor& k_BSD, const torch::Tensor& v_BSD, int64_t heads,
                                   const std::optional<torch::Tensor>& mask, bool causal) {
  const torch::Tensor out_BNLD =
      fused_or_plain(split_heads(q_BLD, heads), split_heads(k_BSD, heads), split_heads(v_BSD, heads), mask, causal);
  return out_BNLD.transpose(1, 2).flatten(2);
}

torch::Tensor attend(const Weights& weights, const AttentionLayer& layer, const torch::Tensor& x_BLD, const torch::Tensor& context_BSE,
                     const std::optional<torch::Tensor>& mask, ContextCache* cache) {
  const torch::Tensor q_BLD = linear(weights, layer.to_q, x_BLD);
  const ProjectedContext context = cache != nullptr ? cache->of(weights, layer, context_BSE) : project(weights, layer, context_BSE);
  if (!mask && is_packed(weight_at(weights, layer.to_q.weight)) &&
      fused_attention_takes(q_BLD, context.k_BSD, context.v_BSD, layer.heads)) {
    return fused_attention(q_BLD, context.k_BSD, context.v_BSD, layer.heads);
  }
  return multi_head_attention(q_BLD, context.k_BSD, context.v_BSD, layer.heads, mask);
}

}  // namespace darkroom
