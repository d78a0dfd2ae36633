// SPDX-License-Identifier: Apache-2.0
#include "core/model/shape_config.h"

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr int64_t sd2_context = 1024;
constexpr int64_t sdxl_context = 2048;
constexpr int64_t clip_head_width = 64;

bool has(const TensorShapes& shapes, const std::string& name) { return shapes.contains(name); }

// One extent of a tensor that the part cannot be without.
int64_t extent(const TensorShapes& shapes, const std::string& name, size_t dimension, std::string_view where) {
  const auto found = shapes.find(name);
  if (found == shapes.end()) {
    fail(ErrorCode::bad_input, "{}: {} is missing; without it nobody can say what the model is made of", where, name);
  }
  if (dimension >= found->second.size() || found->second[dimension] < 1) {
    fail(ErrorCode::bad_input, "{}: {} is [{}], which no model of Stable Diffusion 1.x has", where, name, fmt::join(found->second, ","));
  }
  return found->second[dimension];
}

template <typename Name>
int64_t count_while(const TensorShapes& shapes, const Name& name) {
  int64_t count = 0;
  while (has(shapes, name(count))) {
    ++count;
  }
  return count;
}

void require_divisor(int64_t channels, int64_t divisor, const char* what, std::string_view where) {
  if (channels % divisor != 0) {
    fail(ErrorCode::bad_input,
         "{}: {} {} as in Stable Diffusion 1.x do not divide {} channels, and the file says nothing else; convert the model from a folder "
         "with its config.json",
         where, divisor, what, channels);
  }
}

void require_sd1(const TensorShapes& shapes, const UNetConfig& config, std::string_view where) {
  const bool xl = has(shapes, "add_embedding.linear_1.weight") || config.cross_attention_dim == sdxl_context;
  if (xl || config.cross_attention_dim == sd2_context) {
    fail(ErrorCode::bad_input, "{}: is Stable Diffusion {} (its cross-attention is {} wide); Darkroom's models are Stable Diffusion 1.x",
         where, xl ? "XL" : "2.x", config.cross_attention_dim);
  }
  for (const UNetLevel& level : config.levels) {
    require_divisor(level.channels, config.norm_num_groups, "norm groups", where);
    require_divisor(level.channels, level.heads, "attention heads", where);
  }
}

void read_diffusers_levels(const TensorShapes& shapes, UNetConfig& config, std::string_view where) {
  const int64_t count = count_while(shapes, [](int64_t i) { return format("down_blocks.{}.resnets.0.conv1.weight", i); });
  if (count == 0) {
    fail(ErrorCode::bad_input, "{}: down_blocks.0.resnets.0.conv1.weight is missing; the UNet has no levels", where);
  }
  for (int64_t i = 0; i < count; ++i) {
    const std::string down = format("down_blocks.{}", i);
    const std::string up = format("up_blocks.{}", count - 1 - i);
    UNetLevel level;
    level.channels = extent(shapes, down + ".resnets.0.conv1.weight", 0, where);
    level.layers = count_while(shapes, [&](int64_t k) { return format("{}.resnets.{}.conv1.weight", down, k); });
    level.attention_down = has(shapes, down + ".attentions.0.proj_in.weight");
    level.attention_up = has(shapes, up + ".attentions.0.proj_in.weight");
    const std::string attention = level.attention_down ? down : level.attention_up ? up : std::string("mid_block");
    level.transformer_layers = std::max<int64_t>(
        1, count_while(shapes, [&](int64_t k) { return format("{}.attentions.0.transformer_blocks.{}.attn2.to_k.weight", attention, k); }));
    config.levels.push_back(level);
  }
}

void read_scratch_levels(const TensorShapes& shapes, UNetConfig& config, std::string_view where) {
  for (int64_t entry = 0;; ++entry) {
    const std::string block = format("downs.{}", entry);
    if (has(shapes, block + ".conv1.weight")) {
      if (config.levels.empty() || config.levels.back().layers == 0) {
        if (config.levels.empty()) {
          config.levels.push_back({.layers = 0, .attention_down = false, .attention_up = false});
        }
        config.levels.back().channels = extent(shapes, block + ".conv1.weight", 0, where);
      }
      ++config.levels.back().layers;
      config.levels.back().attention_down |= has(shapes, block + ".tfm.proj_in.weight");
    } else if (has(shapes, block + ".weight") && !config.levels.empty()) {
      config.levels.push_back({.layers = 0, .attention_down = false, .attention_up = false});
    } else {
      break;
    }
  }
  if (config.levels.empty() || config.levels.back().layers == 0) {
    fail(ErrorCode::bad_input, "{}: its blocks \"downs.N\" do not make whole levels", where);
  }
  int64_t entry = 0;
  for (size_t i = config.levels.size(); i-- > 0;) {
    for (int64_t k = 0; k < config.levels[i].layers; ++k) {
      config.levels[i].attention_up |= has(shapes, format("ups.{}.tfm.proj_in.weight", entry++));
    }
    ++entry;  // the convolution that follows
  }
}

}  // namespace

UNetConfig unet_config_from_shapes(const TensorShapes& shapes, std::string_view where) {
  const bool scratch = has(shapes, "downs.0.conv1.weight");
  UNetConfig config = scratch ? scratch_unet_config() : sd15_unet_config();
  config.levels.clear();
  const int64_t base = extent(shapes, "conv_in.weight", 0, where);
  config.in_channels = extent(shapes, "conv_in.weight", 1, where);
  config.conv_in_kernel = extent(shapes, "conv_in.weight", 2, where);
  config.out_channels = extent(shapes, "conv_out.weight", 0, where);
  config.conv_out_kernel = extent(shapes, "conv_out.weight", 2, where);
  const int64_t time_width = extent(shapes, scratch ? "t_emb.0.weight" : "time_embedding.linear_1.weight", 0, where);
  config.time_embedding_dim = time_width == 4 * base ? std::nullopt : std::make_optional(time_width);
  if (scratch) {
    read_scratch_levels(shapes, config, where);
    config.cross_attention_dim = extent(shapes, "mid.0.tfm.tfm.cross_attn.to_k.weight", 1, where);
  } else {
    read_diffusers_levels(shapes, config, where);
    const std::string middle = "mid_block.attentions.0.";
    config.cross_attention_dim = extent(shapes, middle + "transformer_blocks.0.attn2.to_k.weight", 1, where);
    const auto projection = shapes.find(middle + "proj_in.weight");
    config.use_linear_projection = projection != shapes.end() && projection->second.size() == 2;
  }
  require_sd1(shapes, config, where);
  return config;
}

VaeConfig vae_config_from_shapes(const TensorShapes& shapes, std::string_view where) {
  VaeConfig config = sd15_vae_config();
  const int64_t levels = count_while(shapes, [](int64_t i) { return format("encoder.down_blocks.{}.resnets.0.conv1.weight", i); });
  if (levels == 0) {
    fail(ErrorCode::bad_input, "{}: encoder.down_blocks.0.resnets.0.conv1.weight is missing; the VAE has no levels", where);
  }
  config.block_out_channels.clear();
  for (int64_t i = 0; i < levels; ++i) {
    config.block_out_channels.push_back(extent(shapes, format("encoder.down_blocks.{}.resnets.0.conv1.weight", i), 0, where));
    require_divisor(config.block_out_channels.back(), config.norm_num_groups, "norm groups", where);
  }
  config.layers_per_block = count_while(shapes, [](int64_t k) { return format("encoder.down_blocks.0.resnets.{}.conv1.weight", k); });
  config.in_channels = extent(shapes, "encoder.conv_in.weight", 1, where);
  config.out_channels = extent(shapes, "decoder.conv_out.weight", 0, where);
  config.latent_channels = extent(shapes, "decoder.conv_in.weight", 1, where);
  config.use_quant_conv = has(shapes, "quant_conv.weight");
  config.use_post_quant_conv = has(shapes, "post_quant_conv.weight");
  config.mid_block_add_attention = has(shapes, "encoder.mid_block.attentions.0.to_q.weight");
  return config;
}

ClipTextConfig text_config_from_shapes(const TensorShapes& shapes, std::string_view where) {
  ClipTextConfig config = sd15_clip_text_config();
  config.vocab_size = extent(shapes, "text_model.embeddings.token_embedding.weight", 0, where);
  config.hidden_size = extent(shapes, "text_model.embeddings.token_embedding.weight", 1, where);
  config.max_position_embeddings = extent(shapes, "text_model.embeddings.position_embedding.weight", 0, where);
  config.num_hidden_layers =
      count_while(shapes, [](int64_t i) { return format("text_model.encoder.layers.{}.self_attn.q_proj.weight", i); });
  config.intermediate_size = extent(shapes, "text_model.encoder.layers.0.mlp.fc1.weight", 0, where);
  config.projection_dim = config.hidden_size;
  if (config.hidden_size % clip_head_width != 0) {
    fail(ErrorCode::bad_input,
         "{}: a text encoder {} wide has no heads of {} channels as CLIP's have, and the file says nothing else; convert the model from a "
         "folder with its config.json",
         where, config.hidden_size, clip_head_width);
  }
  config.num_attention_heads = config.hidden_size / clip_head_width;
  return config;
}

}  // namespace darkroom
