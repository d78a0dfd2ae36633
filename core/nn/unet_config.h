// SPDX-License-Identifier: Apache-2.0
// What a UNet is made of, read from and written to the config.json of a diffusers folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace darkroom {

/// How residual blocks, transformers and skips are put together, and how their parameters are named.
enum class UNetLayout {
  diffusers,  ///< UNet2DConditionModel: SD 1.x, the pocket model
  scratch,    ///< the source run's own UNet (config.json: "_class_name": "DarkroomScratchUNet")
};

/// One resolution of the UNet.
struct UNetLevel {
  int64_t channels = 320;
  int64_t layers = 2;              ///< residual blocks on the way down; on the way up `diffusers` has one more, `scratch` as many
  int64_t heads = 8;               ///< attention heads; divides `channels`
  int64_t transformer_layers = 1;  ///< transformer blocks in each spatial transformer
  bool attention_down = true;      ///< CrossAttnDownBlock2D, else DownBlock2D
  bool attention_up = true;        ///< CrossAttnUpBlock2D, else UpBlock2D

  bool operator==(const UNetLevel&) const = default;
};

/// Fields and defaults are those of diffusers' UNet2DConditionModel; per-level lists are gathered in `levels`, finest first.
struct UNetConfig {
  UNetLayout layout = UNetLayout::diffusers;
  int64_t in_channels = 4;
  int64_t out_channels = 4;
  std::optional<int64_t> sample_size;  ///< side of the latents that the model was made for
  std::vector<UNetLevel> levels;
  int64_t cross_attention_dim = 1280;  ///< width of the text encoder's states
  int64_t norm_num_groups = 32;
  double norm_eps = 1e-5;                     ///< of the residual blocks' and the last norm; a diffusers transformer's own norm has 1e-6
  bool use_linear_projection = false;         ///< proj_in and proj_out of a transformer are [C,C] in files, else [C,C,1,1]
  bool flip_sin_to_cos = true;                ///< time embedding: cosines first
  double freq_shift = 0;                      ///< time embedding: frequencies exp(-ln(10000) i / (half - freq_shift))
  std::optional<int64_t> time_embedding_dim;  ///< 4 x the first level's channels when absent
  int64_t downsample_padding = 1;             ///< 1, or 0: then one row and column of zeros at the bottom and right
  int64_t conv_in_kernel = 3;                 ///< odd
  int64_t conv_out_kernel = 3;                ///< odd
  bool upcast_attention = false;              ///< kept for files; softmax is computed in fp32 here either way

  bool operator==(const UNetConfig&) const = default;
};

/// Reads a config.json of class UNet2DConditionModel or DarkroomScratchUNet.
///
/// attention_head_dim holds the number of heads when num_attention_heads is null, as in diffusers; layers_per_block, attention_head_dim and
/// transformer_layers_per_block may be a number or a list.
/// where   names the file in errors
/// throws  Error{bad_input} naming the key: unknown, of the wrong kind, or asking for a part that is not supported
UNetConfig unet_config_from_json(const Json& json, std::string_view where);

/// A config.json that diffusers reads (for UNetLayout::diffusers).
Json to_json(const UNetConfig& config);

/// Stable Diffusion 1.5: 859,520,964 parameters.
UNetConfig sd15_unet_config();

/// The source run's UNet: 780,718,404 parameters.
UNetConfig scratch_unet_config();

}  // namespace darkroom
