// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, C channels, H W rows and columns, L = HW tokens, S text tokens, D width of the text states.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/nn/attention.h"

namespace darkroom {

enum class FeedForwardKind {
  geglu,  ///< (x W_a) * GELU(x W_b), then W_out: diffusers
  gelu,   ///< GELU(x W), then W_out: the source run
};

/// x + self(norm1 x); x + cross(norm2 x, context); x + feed_forward(norm3 x).
struct TransformerBlock {
  NormLayer norm1, norm2, norm3;
  AttentionLayer self_attention, cross_attention;
  FeedForwardKind kind = FeedForwardKind::geglu;
  LinearLayer feed_in, feed_out;
};

/// Group norm, projection in, transformer blocks over the pixels, projection out, + input.
struct SpatialTransformer {
  NormLayer norm;
  LinearLayer proj_in, proj_out;
  std::vector<TransformerBlock> blocks;
};

struct SpatialTransformerShape {
  int64_t channels = 0;
  int64_t heads = 8;
  int64_t context_width = 768;
  int64_t layers = 1;
  int64_t groups = 32;
  double norm_eps = 1e-6;          ///< of the group norm; layer norms have 1e-5
  bool linear_projection = false;  ///< [C,C] in files, else [C,C,1,1]
};

/// diffusers' Transformer2DModel with GEGLU. throws std::invalid_argument when heads do not divide the channels
SpatialTransformer add_spatial_transformer(ParameterLayout& layout, const std::string& name, const SpatialTransformerShape& shape);

/// The source run's: one block without gating, under "<name>.tfm" inside "<name>".
SpatialTransformer add_scratch_transformer(ParameterLayout& layout, const std::string& name, const SpatialTransformerShape& shape);

/// x_BCHW      [B,C,H,W]
/// context_BSD [B,S,D]
/// mask        bool [B,1,1,S], or absent
/// cache       null, or that of the context
/// returns     [B,C,H,W] in the memory format of x
torch::Tensor spatial_transformer(const Weights& weights, const SpatialTransformer& transformer, const torch::Tensor& x_BCHW,
                                  const torch::Tensor& context_BSD, const std::optional<torch::Tensor>& mask = std::nullopt,
                                  ContextCache* cache = nullptr);

}  // namespace darkroom
