// SPDX-License-Identifier: Apache-2.0
// Lists in config.json run finest first on the way down and coarsest first on the way up.
#include "core/nn/unet_config.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/nn/config_reader.h"

namespace darkroom {
namespace {

constexpr const char* down_plain = "DownBlock2D";
constexpr const char* down_cross = "CrossAttnDownBlock2D";
constexpr const char* up_plain = "UpBlock2D";
constexpr const char* up_cross = "CrossAttnUpBlock2D";
constexpr const char* mid_cross = "UNetMidBlock2DCrossAttn";
constexpr const char* diffusers_class = "UNet2DConditionModel";
constexpr const char* scratch_class = "DarkroomScratchUNet";

// Options of UNet2DConditionModel that SD 1.x leaves at these values.
void require_sd1_options(ConfigReader& reader) {
  reader.require_plain("act_fn", {"silu", "swish"});
  reader.require_plain("mid_block_type", {mid_cross});
  reader.require_plain("center_input_sample", {false});
  reader.require_plain("only_cross_attention", {false});
  reader.require_plain("mid_block_only_cross_attention", {false});
  reader.require_plain("dual_cross_attention", {false});
  reader.require_plain("class_embeddings_concat", {false});
  reader.require_plain("resnet_skip_time_act", {false});
  reader.require_plain("dropout", {0, 0.0});
  reader.require_plain("mid_block_scale_factor", {1, 1.0});
  reader.require_plain("resnet_out_scale_factor", {1, 1.0});
  reader.require_plain("resnet_time_scale_shift", {"default"});
  reader.require_plain("time_embedding_type", {"positional"});
  reader.require_plain("attention_type", {"default"});
  for (const char* key : {"num_attention_heads", "encoder_hid_dim", "encoder_hid_dim_type", "class_embed_type", "addition_embed_type",
                          "addition_time_embed_dim", "num_class_embeds", "time_embedding_act_fn", "timestep_post_act", "time_cond_proj_dim",
                          "projection_class_embeddings_input_dim", "cross_attention_norm", "reverse_transformer_layers_per_block"}) {
    reader.require_plain(key);
  }
  reader.ignore("addition_embed_type_num_heads");
}

void require_divisors(const ConfigReader& reader, const UNetConfig& config) {
  for (const UNetLevel& level : config.levels) {
    if (level.channels % config.norm_num_groups != 0) {
      reader.reject("norm_num_groups", format("does not divide {} channels", level.channels));
    }
    if (level.channels % level.heads != 0) {
      reader.reject("attention_head_dim", format("{} heads do not divide {} channels", level.heads, level.channels));
    }
  }
}

int64_t odd_kernel(ConfigReader& reader, const std::string& key) {
  const int64_t kernel = reader.integer(key, 3, 1);
  if (kernel % 2 == 0) {
    reader.reject(key, "expected an odd number");
  }
  return kernel;
}

UNetConfig standard_config(UNetLayout layout) {
  UNetConfig config;
  config.layout = layout;
  config.sample_size = 64;
  config.cross_attention_dim = 768;
  for (const int64_t channels : {320, 640, 1280, 1280}) {
    config.levels.push_back({.channels = channels});
  }
  return config;
}

template <typename Read>
Json per_level(const UNetConfig& config, const Read& read) {
  Json list = Json::array();
  for (const UNetLevel& level : config.levels) {
    list.push_back(read(level));
  }
  const bool same = std::all_of(list.begin(), list.end(), [&](const Json& entry) { return entry == list.front(); });
  return same ? list.front() : list;
}

}  // namespace

UNetConfig unet_config_from_json(const Json& json, std::string_view where) {
  ConfigReader reader(json, where);
  UNetConfig config;
  const std::string class_name = reader.text("_class_name", diffusers_class);
  if (class_name != diffusers_class && class_name != scratch_class) {
    reader.reject("_class_name", format("expected {} or {}", diffusers_class, scratch_class));
  }
  config.layout = class_name == scratch_class ? UNetLayout::scratch : UNetLayout::diffusers;
  const bool scratch = config.layout == UNetLayout::scratch;
  require_sd1_options(reader);

  const std::vector<int64_t> channels = reader.integer_list("block_out_channels", 1);
  const size_t count = channels.size();
  const std::vector<std::string> down = reader.names("down_block_types", {down_cross, down_plain}, count);
  const std::vector<std::string> up = reader.names("up_block_types", {up_cross, up_plain}, count);
  const std::vector<int64_t> layers = reader.integers("layers_per_block", 2, 1, count);
  const std::vector<int64_t> heads = reader.integers("attention_head_dim", 8, 1, count);
  const std::vector<int64_t> transformer_layers = reader.integers("transformer_layers_per_block", 1, 1, count);
  const std::vector<int64_t> context = reader.integers("cross_attention_dim", 1280, 1, count);
  for (size_t i = 0; i < count; ++i) {
    config.levels.push_back({.channels = channels[i],
                             .layers = layers[i],
                             .heads = heads[i],
                             .transformer_layers = transformer_layers[i],
                             .attention_down = down[i] == down_cross,
                             .attention_up = up[count - 1 - i] == up_cross});
    if (context[i] != context[0]) {
      reader.reject("cross_attention_dim", "a different width for each level is not supported");
    }
    if (scratch && transformer_layers[i] != 1) {
      reader.reject("transformer_layers_per_block", "this layout has 1");
    }
  }
  config.cross_attention_dim = context[0];
  config.in_channels = reader.integer("in_channels", 4, 1);
  config.out_channels = reader.integer("out_channels", 4, 1);
  config.sample_size = reader.optional_integer("sample_size", 1);
  config.norm_num_groups = reader.integer("norm_num_groups", 32, 1);
  config.norm_eps = reader.number("norm_eps", 1e-5);
  config.use_linear_projection = reader.boolean("use_linear_projection", false);
  config.flip_sin_to_cos = reader.boolean("flip_sin_to_cos", !scratch);
  config.freq_shift = reader.number("freq_shift", scratch ? 1 : 0);
  config.time_embedding_dim = reader.optional_integer("time_embedding_dim", 1);
  config.downsample_padding = reader.integer("downsample_padding", 1, 0);
  if (config.downsample_padding > 1) {
    reader.reject("downsample_padding", "expected 0 or 1");
  }
  config.conv_in_kernel = odd_kernel(reader, "conv_in_kernel");
  config.conv_out_kernel = odd_kernel(reader, "conv_out_kernel");
  config.upcast_attention = reader.boolean("upcast_attention", false);
  require_divisors(reader, config);
  reader.finish();
  return config;
}

Json to_json(const UNetConfig& config) {
  const bool scratch = config.layout == UNetLayout::scratch;
  Json down = Json::array();
  Json up = Json::array();
  Json channels = Json::array();
  for (const UNetLevel& level : config.levels) {
    down.push_back(level.attention_down ? down_cross : down_plain);
    up.insert(up.begin(), level.attention_up ? up_cross : up_plain);
    channels.push_back(level.channels);
  }
  Json json = {
      {"_class_name", scratch ? scratch_class : diffusers_class},
      {"act_fn", "silu"},
      {"attention_head_dim", per_level(config, [](const UNetLevel& level) { return level.heads; })},
      {"block_out_channels", channels},
      {"conv_in_kernel", config.conv_in_kernel},
      {"conv_out_kernel", config.conv_out_kernel},
      {"cross_attention_dim", config.cross_attention_dim},
      {"down_block_types", down},
      {"downsample_padding", config.downsample_padding},
      {"flip_sin_to_cos", config.flip_sin_to_cos},
      {"freq_shift", config.freq_shift},
      {"in_channels", config.in_channels},
      {"layers_per_block", per_level(config, [](const UNetLevel& level) { return level.layers; })},
      {"mid_block_type", mid_cross},
      {"norm_eps", config.norm_eps},
      {"norm_num_groups", config.norm_num_groups},
      {"out_channels", config.out_channels},
      {"sample_size", config.sample_size ? Json(*config.sample_size) : Json()},
      {"time_embedding_dim", config.time_embedding_dim ? Json(*config.time_embedding_dim) : Json()},
      {"transformer_layers_per_block", per_level(config, [](const UNetLevel& level) { return level.transformer_layers; })},
      {"up_block_types", up},
      {"upcast_attention", config.upcast_attention},
      {"use_linear_projection", config.use_linear_projection},
  };
  if (config.freq_shift == static_cast<double>(static_cast<int64_t>(config.freq_shift))) {
    json["freq_shift"] = static_cast<int64_t>(config.freq_shift);  // diffusers' type
  }
  return json;
}

UNetConfig sd15_unet_config() {
  UNetConfig config = standard_config(UNetLayout::diffusers);
  config.levels.back().attention_down = false;
  config.levels.back().attention_up = false;
  return config;
}

UNetConfig scratch_unet_config() {
  UNetConfig config = standard_config(UNetLayout::scratch);
  config.levels.front().attention_down = false;
  config.levels.front().attention_up = false;
  config.flip_sin_to_cos = false;
  config.freq_shift = 1;
  return config;
}

}  // namespace darkroom
