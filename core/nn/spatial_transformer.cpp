// SPDX-License-Identifier: Apache-2.0
// Sources: Rombach et al. 2022, arXiv:2112.10752, appendix E.2; GEGLU: Shazeer 2020, arXiv:2002.05202.
// [B,C,H,W] in channels_last is [B,HW,C] in memory, so both turns between pixels and tokens are views there.
#include "core/nn/spatial_transformer.h"

#include "core/base/format.h"
#include "core/kernels/geglu.h"
#include "core/nn/packed_weights.h"

namespace darkroom {
namespace {

AttentionLayer add_attention(ParameterLayout& layout, const std::string& name, const std::string& out_name, int64_t width,
                             int64_t context_width, int64_t heads) {
  AttentionLayer layer;
  layer.to_q = add_linear_without_bias(layout, name + ".to_q", width, width);
  layer.to_k = add_linear_without_bias(layout, name + ".to_k", context_width, width);
  layer.to_v = add_linear_without_bias(layout, name + ".to_v", context_width, width);
  layer.to_out = add_linear(layout, name + "." + out_name, width, width, LayerInit::zero);
  layer.heads = heads;
  return layer;
}

void require_heads(const std::string& name, const SpatialTransformerShape& shape) {
  if (shape.heads <= 0 || shape.channels % shape.heads != 0) {
    throw std::invalid_argument(
        format("[add_spatial_transformer] {}: {} heads do not divide {} channels", name, shape.heads, shape.channels));
  }
}

constexpr double layer_norm_eps = 1e-5;

torch::Tensor feed_inner(const Weights& weights, const TransformerBlock& block, const torch::Tensor& x_BLC) {
  const torch::Tensor h = linear(weights, block.feed_in, x_BLC);
  if (block.kind == FeedForwardKind::gelu) {
    return at::gelu(h);
  }
  return is_packed(weight_at(weights, block.feed_in.weight)) && fast_geglu_takes(h) ? fast_geglu(h) : geglu(h);
}

torch::Tensor feed_forward_plus(const Weights& weights, const TransformerBlock& block, const torch::Tensor& x_BLC,
                                const torch::Tensor& residual_BLC) {
  return linear_plus(weights, block.feed_out, feed_inner(weights, block, x_BLC), residual_BLC);
}

torch::Tensor transformer_block(const Weights& weights, const TransformerBlock& block, torch::Tensor x_BLC,
                                const torch::Tensor& context_BSD, const std::optional<torch::Tensor>& mask, ContextCache* cache) {
  const AttentionLayer& self = block.self_attention;
  const AttentionLayer& cross = block.cross_attention;
  const torch::Tensor normed = layer_norm(weights, block.norm1, x_BLC);
  x_BLC = linear_plus(weights, self.to_out, attend(weights, self, normed, normed), x_BLC);
  x_BLC =
      linear_plus(weights, cross.to_out, attend(weights, cross, layer_norm(weights, block.norm2, x_BLC), context_BSD, mask, cache), x_BLC);
  return feed_forward_plus(weights, block, layer_norm(weights, block.norm3, x_BLC), x_BLC);
}

}  // namespace

SpatialTransformer add_spatial_transformer(ParameterLayout& layout, const std::string& name, const SpatialTransformerShape& shape) {
  require_heads(name, shape);
  const int64_t width = shape.channels;
  const auto add_projection = shape.linear_projection ? add_linear : add_pointwise;
  SpatialTransformer transformer;
  transformer.norm = add_group_norm(layout, name + ".norm", width, shape.groups, shape.norm_eps);
  transformer.proj_in = add_projection(layout, name + ".proj_in", width, width, LayerInit::standard);
  for (int64_t i = 0; i < shape.layers; ++i) {
    const std::string prefix = format("{}.transformer_blocks.{}", name, i);
    TransformerBlock block;
    block.norm1 = add_layer_norm(layout, prefix + ".norm1", width, layer_norm_eps);
    block.self_attention = add_attention(layout, prefix + ".attn1", "to_out.0", width, width, shape.heads);
    block.norm2 = add_layer_norm(layout, prefix + ".norm2", width, layer_norm_eps);
    block.cross_attention = add_attention(layout, prefix + ".attn2", "to_out.0", width, shape.context_width, shape.heads);
    block.norm3 = add_layer_norm(layout, prefix + ".norm3", width, layer_norm_eps);
    block.kind = FeedForwardKind::geglu;
    block.feed_in = add_linear(layout, prefix + ".ff.net.0.proj", width, 8 * width);
    block.feed_out = add_linear(layout, prefix + ".ff.net.2", 4 * width, width, LayerInit::zero);
    transformer.blocks.push_back(block);
  }
  transformer.proj_out = add_projection(layout, name + ".proj_out", width, width, LayerInit::zero);
  return transformer;
}

SpatialTransformer add_scratch_transformer(ParameterLayout& layout, const std::string& name, const SpatialTransformerShape& shape) {
  require_heads(name, shape);
  const int64_t width = shape.channels;
  SpatialTransformer transformer;
  transformer.norm = add_group_norm(layout, name + ".norm", width, shape.groups, shape.norm_eps);
  transformer.proj_in = add_pointwise(layout, name + ".proj_in", width, width);
  TransformerBlock block;
  block.norm1 = add_layer_norm(layout, name + ".tfm.ln1", width, layer_norm_eps);
  block.self_attention = add_attention(layout, name + ".tfm.self_attn", "to_out", width, width, shape.heads);
  block.norm2 = add_layer_norm(layout, name + ".tfm.ln2", width, layer_norm_eps);
  block.cross_attention = add_attention(layout, name + ".tfm.cross_attn", "to_out", width, shape.context_width, shape.heads);
  block.norm3 = add_layer_norm(layout, name + ".tfm.ln3", width, layer_norm_eps);
  block.kind = FeedForwardKind::gelu;
  block.feed_in = add_linear(layout, name + ".tfm.mlp.0", width, 4 * width);
  block.feed_out = add_linear(layout, name + ".tfm.mlp.2", 4 * width, width, LayerInit::zero);
  transformer.blocks.push_back(block);
  transformer.proj_out = add_pointwise(layout, name + ".proj_out", width, width, LayerInit::zero);
  return transformer;
}

torch::Tensor spatial_transformer(const Weights& weights, const SpatialTransformer& transformer, const torch::Tensor& x_BCHW,
                                  const torch::Tensor& context_BSD, const std::optional<torch::Tensor>& mask, ContextCache* cache) {
  const int64_t rows = x_BCHW.size(2);
  const int64_t columns = x_BCHW.size(3);
  const torch::Tensor normed = group_norm(weights, transformer.norm, x_BCHW);
  torch::Tensor tokens_BLC = linear(weights, transformer.proj_in, normed.permute({0, 2, 3, 1}).flatten(1, 2));
  for (const TransformerBlock& block : transformer.blocks) {
    tokens_BLC = transformer_block(weights, block, tokens_BLC, context_BSD, mask, cache);
  }
  const auto to_pixels = [&](const torch::Tensor& x_BLC) { return x_BLC.unflatten(1, {rows, columns}).permute({0, 3, 1, 2}); };
  if (is_packed(weight_at(weights, transformer.proj_out.weight))) {
    return to_pixels(linear_plus(weights, transformer.proj_out, tokens_BLC, x_BCHW.permute({0, 2, 3, 1}).flatten(1, 2)));
  }
  return x_BCHW + to_pixels(linear(weights, transformer.proj_out, tokens_BLC));
}

}  // namespace darkroom
