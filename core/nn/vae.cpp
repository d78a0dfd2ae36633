// SPDX-License-Identifier: Apache-2.0
// Sources: Kingma and Welling 2014, arXiv:1312.6114; Rombach et al. 2022, arXiv:2112.10752.
// The middle attention has one head over all channels; norms have eps 1e-6 here whatever the config says.
#include "core/nn/vae.h"

#include "core/base/format.h"
#include "core/nn/attention.h"
#include "core/nn/config_reader.h"
#include "core/nn/resnet_block.h"
#include "core/nn/row_strips.h"

namespace darkroom {
namespace {

constexpr double norm_eps = 1e-6;

struct VaeAttention {
  NormLayer norm;
  AttentionLayer attention;
};

struct VaeMiddle {
  ResnetBlock first;
  std::optional<VaeAttention> attention;
  ResnetBlock last;
};

struct VaeLevel {
  std::vector<ResnetBlock> resnets;
  std::optional<ConvolutionLayer> resample;
};

struct VaeHalf {
  ConvolutionLayer conv_in;
  std::vector<VaeLevel> levels;  // in the order in which they are run
  VaeMiddle middle;
  NormLayer norm_out;
  ConvolutionLayer conv_out;
};

ResnetBlock add_resnet(ParameterLayout& layout, const VaeConfig& config, const std::string& name, int64_t in, int64_t out) {
  return add_resnet_block(layout, name, {.in = in, .out = out, .groups = config.norm_num_groups, .eps = norm_eps});
}

VaeMiddle add_middle(ParameterLayout& layout, const VaeConfig& config, const std::string& name) {
  const int64_t channels = config.block_out_channels.back();
  VaeMiddle middle;
  middle.first = add_resnet(layout, config, name + ".resnets.0", channels, channels);
  if (config.mid_block_add_attention) {
    const std::string prefix = name + ".attentions.0";
    VaeAttention attention;
    attention.norm = add_group_norm(layout, prefix + ".group_norm", channels, config.norm_num_groups, norm_eps);
    attention.attention.to_q = add_linear(layout, prefix + ".to_q", channels, channels);
    attention.attention.to_k = add_linear(layout, prefix + ".to_k", channels, channels);
    attention.attention.to_v = add_linear(layout, prefix + ".to_v", channels, channels);
    attention.attention.to_out = add_linear(layout, prefix + ".to_out.0", channels, channels);
    middle.attention = attention;
  }
  middle.last = add_resnet(layout, config, name + ".resnets.1", channels, channels);
  return middle;
}

VaeHalf add_encoder(ParameterLayout& layout, const VaeConfig& config) {
  VaeHalf encoder;
  int64_t channels = config.block_out_channels.front();
  encoder.conv_in = add_convolution(layout, "encoder.conv_in", {.in = config.in_channels, .out = channels});
  for (size_t i = 0; i < config.block_out_channels.size(); ++i) {
    const int64_t out = config.block_out_channels[i];
    VaeLevel level;
    for (int64_t k = 0; k < config.layers_per_block; ++k) {
      level.resnets.push_back(add_resnet(layout, config, format("encoder.down_blocks.{}.resnets.{}", i, k), channels, out));
      channels = out;
    }
    if (i + 1 < config.block_out_channels.size()) {
      level.resample = add_convolution(layout, format("encoder.down_blocks.{}.downsamplers.0.conv", i),
                                       {.in = channels, .out = channels, .stride = 2, .padding = 0});
    }
    encoder.levels.push_back(std::move(level));
  }
  encoder.middle = add_middle(layout, config, "encoder.mid_block");
  encoder.norm_out = add_group_norm(layout, "encoder.conv_norm_out", channels, config.norm_num_groups, norm_eps);
  encoder.conv_out = add_convolution(layout, "encoder.conv_out", {.in = channels, .out = 2 * config.latent_channels});
  return encoder;
}

VaeHalf add_decoder(ParameterLayout& layout, const VaeConfig& config) {
  VaeHalf decoder;
  int64_t channels = config.block_out_channels.back();
  decoder.conv_in = add_convolution(layout, "decoder.conv_in", {.in = config.latent_channels, .out = channels});
  decoder.middle = add_middle(layout, config, "decoder.mid_block");
  const size_t count = config.block_out_channels.size();
  for (size_t i = 0; i < count; ++i) {
    const int64_t out = config.block_out_channels[count - 1 - i];
    VaeLevel level;
    for (int64_t k = 0; k <= config.layers_per_block; ++k) {
      level.resnets.push_back(add_resnet(layout, config, format("decoder.up_blocks.{}.resnets.{}", i, k), channels, out));
      channels = out;
    }
    if (i + 1 < count) {
      level.resample = add_upsampling(layout, format("decoder.up_blocks.{}.upsamplers.0.conv", i), channels);
    }
    decoder.levels.push_back(std::move(level));
  }
  decoder.norm_out = add_group_norm(layout, "decoder.conv_norm_out", channels, config.norm_num_groups, norm_eps);
  decoder.conv_out = add_convolution(layout, "decoder.conv_out", {.in = channels, .out = config.out_channels});
  return decoder;
}

// From images to the map before the middle.
torch::Tensor run_down(const Weights& weights, const VaeHalf& encoder, const torch::Tensor& x) {
  torch::Tensor h = convolution(weights, encoder.conv_in, x);
  for (const VaeLevel& level : encoder.levels) {
    for (const ResnetBlock& block : level.resnets) {
      h = resnet_block(weights, block, std::move(h));
    }
    if (level.resample) {
      h = downsample_bottom_right(weights, *level.resample, h);
    }
  }
  return h;
}

torch::Tensor run_down_in_strips(const Weights& weights, const VaeHalf& encoder, const torch::Tensor& x_1CHW, int64_t strip) {
  torch::Tensor h = convolution_in_strips(weights, encoder.conv_in, RowSource(x_1CHW), strip);
  for (const VaeLevel& level : encoder.levels) {
    for (const ResnetBlock& block : level.resnets) {
      h = resnet_block_in_strips(weights, block, RowSource(std::move(h)), strip);
    }
    if (level.resample) {
      h = downsample_in_strips(weights, *level.resample, h, strip);
    }
  }
  return h;
}

// From the map behind the middle to images.
torch::Tensor run_up(const Weights& weights, const VaeHalf& decoder, torch::Tensor h) {
  for (const VaeLevel& level : decoder.levels) {
    for (const ResnetBlock& block : level.resnets) {
      h = resnet_block(weights, block, std::move(h));
    }
    if (level.resample) {
      h = upsample_convolution(weights, *level.resample, h, 2 * h.size(2), 2 * h.size(3));
    }
  }
  return convolution(weights, decoder.conv_out, group_norm_silu(weights, decoder.norm_out, h));
}

// No map is larger than the widest of its level: what a level ends with is enlarged strip by strip while the next one reads it.
torch::Tensor run_up_in_strips(const Weights& weights, const VaeHalf& decoder, const torch::Tensor& h_1CHW, int64_t strip) {
  RowSource h(h_1CHW.contiguous(at::MemoryFormat::ChannelsLast));
  for (const VaeLevel& level : decoder.levels) {
    for (const ResnetBlock& block : level.resnets) {
      h = RowSource(resnet_block_in_strips(weights, block, h, strip));
    }
    if (level.resample) {
      h = RowSource(weights, *level.resample, h.whole(strip));
    }
  }
  return norm_silu_convolution_in_strips(weights, decoder.norm_out, decoder.conv_out, h, strip);
}

// make(picture [1,C,H,W]) for each picture of a batch.
torch::Tensor one_by_one(const torch::Tensor& x_BCHW, const std::function<torch::Tensor(const torch::Tensor&)>& make) {
  std::vector<torch::Tensor> made;
  for (int64_t i = 0; i < x_BCHW.size(0); ++i) {
    made.push_back(make(x_BCHW.narrow(0, i, 1)));
  }
  return made.size() == 1 ? made.front() : at::cat(made, 0);
}

torch::Tensor run_middle(const Weights& weights, const VaeMiddle& middle, torch::Tensor h) {
  h = resnet_block(weights, middle.first, std::move(h));
  if (middle.attention) {
    const torch::Tensor tokens_BLC = group_norm(weights, middle.attention->norm, h).permute({0, 2, 3, 1}).flatten(1, 2);
    const AttentionLayer& layer = middle.attention->attention;
    const torch::Tensor out_BLC = linear(weights, layer.to_out, attend(weights, layer, tokens_BLC, tokens_BLC));
    h = h + out_BLC.unflatten(1, {h.size(2), h.size(3)}).permute({0, 3, 1, 2});
  }
  return resnet_block(weights, middle.last, std::move(h));
}

void require_image(const char* name, const torch::Tensor& x_BCHW, int64_t channels, int64_t multiple) {
  if (x_BCHW.dim() != 4 || x_BCHW.size(1) != channels || x_BCHW.size(2) % multiple != 0 || x_BCHW.size(3) % multiple != 0) {
    throw std::invalid_argument(format("[Vae] {} must be [B,{},H,W] with H and W multiples of {}, got [{}]", name, channels, multiple,
                                       fmt::join(x_BCHW.sizes(), ",")));
  }
}

}  // namespace

struct Vae::Plan {
  ParameterLayout layout;
  VaeHalf encoder;
  VaeHalf decoder;
  std::optional<ConvolutionLayer> quant_conv;
  std::optional<ConvolutionLayer> post_quant_conv;
};

Vae::Vae(VaeConfig config) : config_(std::move(config)) {
  if (config_.block_out_channels.empty() || config_.layers_per_block < 1) {
    throw std::invalid_argument("[Vae] a VAE needs at least one level and one residual block in it");
  }
  auto plan = std::make_unique<Plan>();
  plan->encoder = add_encoder(plan->layout, config_);
  const int64_t latents = config_.latent_channels;
  if (config_.use_quant_conv) {
    plan->quant_conv = add_convolution(plan->layout, "quant_conv", {.in = 2 * latents, .out = 2 * latents, .kernel = 1, .padding = 0});
  }
  if (config_.use_post_quant_conv) {
    plan->post_quant_conv = add_convolution(plan->layout, "post_quant_conv", {.in = latents, .out = latents, .kernel = 1, .padding = 0});
  }
  plan->decoder = add_decoder(plan->layout, config_);
  plan_ = std::move(plan);
}

Vae::~Vae() = default;

const ParameterLayout& Vae::layout() const { return plan_->layout; }

LatentDistribution Vae::encode(const Weights& weights, const torch::Tensor& images_BCHW, std::optional<int64_t> strip_rows) const {
  require_weights(layout(), weights, "Vae::encode");
  require_image("images", images_BCHW, config_.in_channels, downscale());
  const VaeHalf& encoder = plan_->encoder;
  const torch::Tensor x = images_BCHW.to(weights.front().scalar_type());
  torch::Tensor h =
      strip_rows ? one_by_one(x, [&](const torch::Tensor& picture) { return run_down_in_strips(weights, encoder, picture, *strip_rows); })
                 : run_down(weights, encoder, x);
  h = run_middle(weights, encoder.middle, h);
  h = convolution(weights, encoder.conv_out, group_norm_silu(weights, encoder.norm_out, h));
  if (plan_->quant_conv) {
    h = convolution(weights, *plan_->quant_conv, h);
  }
  const std::vector<torch::Tensor> halves = h.to(images_BCHW.scalar_type()).chunk(2, 1);
  return {halves[0], halves[1].clamp(-30.0, 20.0)};
}

torch::Tensor Vae::decode(const Weights& weights, const torch::Tensor& latents_BCHW, std::optional<int64_t> strip_rows) const {
  require_weights(layout(), weights, "Vae::decode");
  require_image("latents", latents_BCHW, config_.latent_channels, 1);
  const VaeHalf& decoder = plan_->decoder;
  torch::Tensor h = latents_BCHW.to(weights.front().scalar_type());
  if (plan_->post_quant_conv) {
    h = convolution(weights, *plan_->post_quant_conv, h);
  }
  h = run_middle(weights, decoder.middle, convolution(weights, decoder.conv_in, h));
  h = strip_rows ? one_by_one(h, [&](const torch::Tensor& picture) { return run_up_in_strips(weights, decoder, picture, *strip_rows); })
                 : run_up(weights, decoder, std::move(h));
  return h.to(latents_BCHW.scalar_type());
}

int64_t Vae::decode_bytes(int64_t rows, int64_t columns, torch::ScalarType dtype, std::optional<int64_t> strip_rows) const {
  const std::vector<int64_t>& channels = config_.block_out_channels;
  int64_t most = 0;  // values
  for (size_t level = channels.size(); level-- > 0;) {
    const int64_t scale = downscale() >> level;
    const int64_t pixels = rows * scale * columns * scale;
    const bool enlarged = level + 1 < channels.size();
    const int64_t out = channels[level];
    const int64_t in = enlarged ? channels[level + 1] : out;
    if (strip_rows) {  // the small map before the enlarging, sum and branch; and a strip on its way through both
      most = std::max(most, pixels * (enlarged ? in / 4 + 2 * out : 2 * out) + 4 * in * (*strip_rows + 4) * columns * scale);
    } else {  // the map with its norm and the branch; then the map, the branch and the shortcut
      most = std::max({most, pixels * (2 * in + out), pixels * (in + 2 * out)});
    }
  }
  return most * static_cast<int64_t>(c10::elementSize(dtype));
}

VaeConfig vae_config_from_json(const Json& json, std::string_view where) {
  ConfigReader reader(json, where);
  if (reader.text("_class_name", "AutoencoderKL") != "AutoencoderKL") {
    reader.reject("_class_name", "expected AutoencoderKL");
  }
  VaeConfig config;
  config.block_out_channels = reader.integer_list("block_out_channels", 1);
  reader.names("down_block_types", {"DownEncoderBlock2D"}, config.block_out_channels.size());
  reader.names("up_block_types", {"UpDecoderBlock2D"}, config.block_out_channels.size());
  reader.require_plain("act_fn", {"silu", "swish"});
  for (const char* key : {"shift_factor", "latents_mean", "latents_std"}) {
    reader.require_plain(key);
  }
  config.in_channels = reader.integer("in_channels", config.in_channels, 1);
  config.out_channels = reader.integer("out_channels", config.out_channels, 1);
  config.latent_channels = reader.integer("latent_channels", config.latent_channels, 1);
  config.layers_per_block = reader.integer("layers_per_block", config.layers_per_block, 1);
  config.norm_num_groups = reader.integer("norm_num_groups", config.norm_num_groups, 1);
  config.sample_size = reader.integer("sample_size", config.sample_size, 1);
  config.scaling_factor = reader.number("scaling_factor", config.scaling_factor);
  if (config.scaling_factor <= 0) {
    reader.reject("scaling_factor", "expected a number above 0");
  }
  config.use_quant_conv = reader.boolean("use_quant_conv", true);
  config.use_post_quant_conv = reader.boolean("use_post_quant_conv", true);
  config.mid_block_add_attention = reader.boolean("mid_block_add_attention", true);
  config.force_upcast = reader.boolean("force_upcast", true);
  for (const int64_t channels : config.block_out_channels) {
    if (channels % config.norm_num_groups != 0) {
      reader.reject("norm_num_groups", format("does not divide {} channels", channels));
    }
  }
  reader.finish();
  return config;
}

Json to_json(const VaeConfig& config) {
  const size_t count = config.block_out_channels.size();
  return {
      {"_class_name", "AutoencoderKL"},
      {"act_fn", "silu"},
      {"block_out_channels", config.block_out_channels},
      {"down_block_types", std::vector<std::string>(count, "DownEncoderBlock2D")},
      {"force_upcast", config.force_upcast},
      {"in_channels", config.in_channels},
      {"latent_channels", config.latent_channels},
      {"layers_per_block", config.layers_per_block},
      {"mid_block_add_attention", config.mid_block_add_attention},
      {"norm_num_groups", config.norm_num_groups},
      {"out_channels", config.out_channels},
      {"sample_size", config.sample_size},
      {"scaling_factor", config.scaling_factor},
      {"up_block_types", std::vector<std::string>(count, "UpDecoderBlock2D")},
      {"use_post_quant_conv", config.use_post_quant_conv},
      {"use_quant_conv", config.use_quant_conv},
  };
}

VaeConfig sd15_vae_config() {
  VaeConfig config;
  config.block_out_channels = {128, 256, 512, 512};
  config.layers_per_block = 2;
  config.sample_size = 512;
  return config;
}

}  // namespace darkroom
