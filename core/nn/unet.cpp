// SPDX-License-Identifier: Apache-2.0
// Sources: Ronneberger et al. 2015, arXiv:1505.04597; Rombach et al. 2022, arXiv:2112.10752.
// A level goes up to the very size of the skip that it meets, so latents need not be multiples of 2^(levels - 1).
#include "core/nn/unet.h"

#include "core/base/format.h"
#include "core/nn/recompute.h"
#include "core/nn/resnet_block.h"
#include "core/nn/scratch_unet.h"
#include "core/nn/spatial_transformer.h"
#include "core/nn/time_embedding.h"
#include "core/nn/unet_input.h"

namespace darkroom {
namespace {

struct Stage {
  ResnetBlock resnet;
  std::optional<SpatialTransformer> transformer;
};

struct DownLevel {
  std::vector<Stage> stages;
  std::optional<ConvolutionLayer> downsample;
};

struct UpLevel {
  std::vector<Stage> stages;
  std::optional<ConvolutionLayer> upsample;
};

class DiffusersUNet final : public UNetModel {
 public:
  explicit DiffusersUNet(UNetConfig config);

  const ParameterLayout& layout() const override { return layout_; }
  const UNetConfig& config() const override { return config_; }
  torch::Tensor forward(const Weights& weights, const torch::Tensor& x_BCHW, const torch::Tensor& t_B, const torch::Tensor& context_BLD,
                        const UNetRun& run) const override;

 private:
  int64_t time_width() const { return config_.time_embedding_dim.value_or(4 * config_.levels.front().channels); }
  ResnetBlock add_resnet(const std::string& name, int64_t in, int64_t out);
  SpatialTransformer add_transformer(const std::string& name, const UNetLevel& level);
  void add_down_levels(std::vector<int64_t>& skips);
  void add_middle();
  void add_up_levels(std::vector<int64_t>& skips);

  UNetConfig config_;
  ParameterLayout layout_;
  SinusoidShape sinusoid_;
  TimeMlp time_;
  ConvolutionLayer conv_in_;
  std::vector<DownLevel> down_;
  ResnetBlock middle_first_;
  SpatialTransformer middle_transformer_;
  ResnetBlock middle_last_;
  std::vector<UpLevel> up_;  // coarsest first
  NormLayer norm_out_;
  ConvolutionLayer conv_out_;
};

DiffusersUNet::DiffusersUNet(UNetConfig config) : config_(std::move(config)) {
  const int64_t base = config_.levels.front().channels;
  sinusoid_ = {base, config_.flip_sin_to_cos, config_.freq_shift};
  time_.linear_1 = add_linear(layout_, "time_embedding.linear_1", base, time_width());
  time_.linear_2 = add_linear(layout_, "time_embedding.linear_2", time_width(), time_width());
  conv_in_ = add_convolution(
      layout_, "conv_in",
      {.in = config_.in_channels, .out = base, .kernel = config_.conv_in_kernel, .padding = (config_.conv_in_kernel - 1) / 2});
  std::vector<int64_t> skips = {base};
  add_down_levels(skips);
  add_middle();
  add_up_levels(skips);
  norm_out_ = add_group_norm(layout_, "conv_norm_out", base, config_.norm_num_groups, config_.norm_eps);
  conv_out_ = add_convolution(
      layout_, "conv_out",
      {.in = base, .out = config_.out_channels, .kernel = config_.conv_out_kernel, .padding = (config_.conv_out_kernel - 1) / 2},
      LayerInit::zero);
}

ResnetBlock DiffusersUNet::add_resnet(const std::string& name, int64_t in, int64_t out) {
  return add_resnet_block(layout_, name,
                          {.in = in,
                           .out = out,
                           .time_width = time_width(),
                           .groups = config_.norm_num_groups,
                           .eps = config_.norm_eps,
                           .conv2 = LayerInit::zero});
}

SpatialTransformer DiffusersUNet::add_transformer(const std::string& name, const UNetLevel& level) {
  return add_spatial_transformer(layout_, name,
                                 {.channels = level.channels,
                                  .heads = level.heads,
                                  .context_width = config_.cross_attention_dim,
                                  .layers = level.transformer_layers,
                                  .groups = config_.norm_num_groups,
                                  .norm_eps = 1e-6,
                                  .linear_projection = config_.use_linear_projection});
}

void DiffusersUNet::add_down_levels(std::vector<int64_t>& skips) {
  int64_t channels = skips.back();
  for (size_t i = 0; i < config_.levels.size(); ++i) {
    const UNetLevel& level = config_.levels[i];
    const std::string prefix = format("down_blocks.{}", i);
    DownLevel down;
    for (int64_t k = 0; k < level.layers; ++k) {
      Stage stage{add_resnet(format("{}.resnets.{}", prefix, k), channels, level.channels), std::nullopt};
      if (level.attention_down) {
        stage.transformer = add_transformer(format("{}.attentions.{}", prefix, k), level);
      }
      channels = level.channels;
      skips.push_back(channels);
      down.stages.push_back(std::move(stage));
    }
    if (i + 1 < config_.levels.size()) {
      down.downsample = add_convolution(layout_, prefix + ".downsamplers.0.conv",
                                        {.in = channels, .out = channels, .stride = 2, .padding = config_.downsample_padding});
      skips.push_back(channels);
    }
    down_.push_back(std::move(down));
  }
}

void DiffusersUNet::add_middle() {
  const UNetLevel& level = config_.levels.back();
  middle_first_ = add_resnet("mid_block.resnets.0", level.channels, level.channels);
  middle_transformer_ = add_transformer("mid_block.attentions.0", level);
  middle_last_ = add_resnet("mid_block.resnets.1", level.channels, level.channels);
}

void DiffusersUNet::add_up_levels(std::vector<int64_t>& skips) {
  int64_t channels = config_.levels.back().channels;
  for (size_t i = 0; i < config_.levels.size(); ++i) {
    const UNetLevel& level = config_.levels[config_.levels.size() - 1 - i];
    const std::string prefix = format("up_blocks.{}", i);
    UpLevel up;
    for (int64_t k = 0; k <= level.layers; ++k) {
      Stage stage{add_resnet(format("{}.resnets.{}", prefix, k), channels + skips.back(), level.channels), std::nullopt};
      skips.pop_back();
      if (level.attention_up) {
        stage.transformer = add_transformer(format("{}.attentions.{}", prefix, k), level);
      }
      channels = level.channels;
      up.stages.push_back(std::move(stage));
    }
    if (i + 1 < config_.levels.size()) {
      up.upsample = add_upsampling(layout_, prefix + ".upsamplers.0.conv", channels);
    }
    up_.push_back(std::move(up));
  }
}

torch::Tensor DiffusersUNet::forward(const Weights& weights, const torch::Tensor& x_BCHW, const torch::Tensor& t_B,
                                     const torch::Tensor& context_BLD, const UNetRun& run) const {
  const UNetInput input = prepare_unet_input("UNetModel::forward", *this, weights, x_BCHW, t_B, context_BLD, run);
  const torch::Tensor time_silu_BT = at::silu(time_embedding(weights, time_, sinusoid_, t_B));

  const auto resnet = [&](const ResnetBlock& block, const torch::Tensor& h) {
    const Segment segment = [&weights, &block](const std::vector<torch::Tensor>& in) { return resnet_block(weights, block, in[0], in[1]); };
    return run.recompute ? recompute(segment, {h, time_silu_BT}) : resnet_block(weights, block, h, time_silu_BT);
  };
  const auto transform = [&](const SpatialTransformer& transformer, const torch::Tensor& h) {
    const Segment segment = [&weights, &transformer, mask = input.mask](const std::vector<torch::Tensor>& in) {
      return spatial_transformer(weights, transformer, in[0], in[1], mask);
    };
    return run.recompute ? recompute(segment, {h, input.context_BLD})
                         : spatial_transformer(weights, transformer, h, input.context_BLD, input.mask, run.context_cache);
  };

  torch::Tensor h = convolution(weights, conv_in_, input.x_BCHW);
  std::vector<torch::Tensor> skips = {h};
  for (const DownLevel& level : down_) {
    for (const Stage& stage : level.stages) {
      h = resnet(stage.resnet, h);
      if (stage.transformer) {
        h = transform(*stage.transformer, h);
      }
      skips.push_back(h);
    }
    if (level.downsample) {
      h = config_.downsample_padding == 0 ? downsample_bottom_right(weights, *level.downsample, h)
                                          : convolution(weights, *level.downsample, h);
      skips.push_back(h);
    }
  }

  h = resnet(middle_first_, h);
  h = transform(middle_transformer_, h);
  h = resnet(middle_last_, h);

  for (const UpLevel& level : up_) {
    for (const Stage& stage : level.stages) {
      h = resnet(stage.resnet, at::cat({h, skips.back()}, 1));
      skips.pop_back();
      if (stage.transformer) {
        h = transform(*stage.transformer, h);
      }
    }
    if (level.upsample) {
      h = upsample_convolution(weights, *level.upsample, h, skips.back().size(2), skips.back().size(3));
    }
  }
  return convolution(weights, conv_out_, group_norm_silu(weights, norm_out_, h)).to(x_BCHW.scalar_type());
}

}  // namespace

std::unique_ptr<UNetModel> make_unet(const UNetConfig& config) {
  if (config.levels.empty()) {
    throw std::invalid_argument("[make_unet] a UNet needs at least one level");
  }
  return config.layout == UNetLayout::scratch ? make_scratch_unet(config) : std::make_unique<DiffusersUNet>(config);
}

}  // namespace darkroom
