// SPDX-License-Identifier: Apache-2.0
// Built from the facts that are known of the source run; the test has an independent peer. The transformer works on the branch, before the
// shortcut is added.
#include "core/nn/scratch_unet.h"

#include "core/base/format.h"
#include "core/nn/recompute.h"
#include "core/nn/resnet_block.h"
#include "core/nn/spatial_transformer.h"
#include "core/nn/time_embedding.h"
#include "core/nn/unet_input.h"

namespace darkroom {
namespace {

struct ScratchBlock {
  ResnetBlock resnet;
  std::optional<SpatialTransformer> transformer;
};

struct ScratchLevel {
  std::vector<ScratchBlock> blocks;
  std::optional<ConvolutionLayer> resample;  ///< to the next level, coarser on the way down, finer on the way up
};

constexpr ResnetNames block_names = {.time = "time_mlp.1", .shortcut = "skip"};

torch::Tensor scratch_block(const Weights& weights, const ScratchBlock& block, const torch::Tensor& x_BCHW,
                            const torch::Tensor& time_silu_BT, const torch::Tensor& context_BLD, const std::optional<torch::Tensor>& mask,
                            ContextCache* cache = nullptr) {
  torch::Tensor h = resnet_branch(weights, block.resnet, x_BCHW, time_silu_BT);
  if (block.transformer) {
    h = spatial_transformer(weights, *block.transformer, h, context_BLD, mask, cache);
  }
  return sum_into(std::move(h), resnet_shortcut(weights, block.resnet, x_BCHW));
}

class ScratchUNet final : public UNetModel {
 public:
  explicit ScratchUNet(UNetConfig config);

  const ParameterLayout& layout() const override { return layout_; }
  const UNetConfig& config() const override { return config_; }
  torch::Tensor forward(const Weights& weights, const torch::Tensor& x_BCHW, const torch::Tensor& t_B, const torch::Tensor& context_BLD,
                        const UNetRun& run) const override;

 private:
  ScratchBlock add_block(const std::string& name, int64_t in, const UNetLevel& level, bool with_transformer);
  void add_levels();

  UNetConfig config_;
  ParameterLayout layout_;
  SinusoidShape sinusoid_;
  TimeMlp time_;
  ConvolutionLayer conv_in_;
  std::vector<ScratchLevel> down_;
  ScratchBlock middle_first_;
  ScratchBlock middle_last_;
  std::vector<ScratchLevel> up_;  // coarsest first
  NormLayer norm_out_;
  ConvolutionLayer conv_out_;
};

ScratchUNet::ScratchUNet(UNetConfig config) : config_(std::move(config)) {
  const int64_t base = config_.levels.front().channels;
  const int64_t hidden = config_.time_embedding_dim.value_or(4 * base);
  sinusoid_ = {base, config_.flip_sin_to_cos, config_.freq_shift};
  time_.linear_1 = add_linear(layout_, "t_emb.0", base, hidden);
  time_.linear_2 = add_linear(layout_, "t_emb.2", hidden, base);
  conv_in_ = add_convolution(layout_, "conv_in", {.in = config_.in_channels, .out = base});
  add_levels();
  norm_out_ = add_group_norm(layout_, "norm_out", base, config_.norm_num_groups, config_.norm_eps);
  conv_out_ = add_convolution(layout_, "conv_out", {.in = base, .out = config_.out_channels}, LayerInit::zero);
}

ScratchBlock ScratchUNet::add_block(const std::string& name, int64_t in, const UNetLevel& level, bool with_transformer) {
  ScratchBlock block;
  block.resnet = add_resnet_block(layout_, name,
                                  {.in = in,
                                   .out = level.channels,
                                   .time_width = config_.levels.front().channels,
                                   .groups = config_.norm_num_groups,
                                   .eps = config_.norm_eps,
                                   .conv2 = LayerInit::zero},
                                  block_names);
  if (with_transformer) {
    block.transformer = add_scratch_transformer(layout_, name + ".tfm",
                                                {.channels = level.channels,
                                                 .heads = level.heads,
                                                 .context_width = config_.cross_attention_dim,
                                                 .groups = config_.norm_num_groups,
                                                 .norm_eps = config_.norm_eps});
  }
  return block;
}

void ScratchUNet::add_levels() {
  const size_t count = config_.levels.size();
  int64_t channels = config_.levels.front().channels;
  std::vector<int64_t> skips;
  int entry = 0;  // of `downs`, then of `ups`: blocks and resampling convolutions are counted together
  for (size_t i = 0; i < count; ++i) {
    const UNetLevel& level = config_.levels[i];
    ScratchLevel down;
    for (int64_t k = 0; k < level.layers; ++k) {
      down.blocks.push_back(add_block(format("downs.{}", entry++), channels, level, level.attention_down));
      channels = level.channels;
      skips.push_back(channels);
    }
    if (i + 1 < count) {
      down.resample = add_convolution(layout_, format("downs.{}", entry++), {.in = channels, .out = channels, .stride = 2});
    }
    down_.push_back(std::move(down));
  }
  middle_first_ = add_block("mid.0", channels, config_.levels.back(), true);
  middle_last_ = add_block("mid.1", channels, config_.levels.back(), false);
  entry = 0;
  for (size_t i = count; i-- > 0;) {
    const UNetLevel& level = config_.levels[i];
    ScratchLevel up;
    for (int64_t k = 0; k < level.layers; ++k) {
      up.blocks.push_back(add_block(format("ups.{}", entry++), channels + skips.back(), level, level.attention_up));
      skips.pop_back();
      channels = level.channels;
    }
    if (i > 0) {
      up.resample =
          add_transposed_convolution(layout_, format("ups.{}", entry++), {.in = channels, .out = channels, .kernel = 4, .stride = 2});
    }
    up_.push_back(std::move(up));
  }
}

torch::Tensor ScratchUNet::forward(const Weights& weights, const torch::Tensor& x_BCHW, const torch::Tensor& t_B,
                                   const torch::Tensor& context_BLD, const UNetRun& run) const {
  const UNetInput input = prepare_unet_input("UNetModel::forward", *this, weights, x_BCHW, t_B, context_BLD, run);
  const int64_t multiple = int64_t{1} << (config_.levels.size() - 1);
  if (x_BCHW.size(2) % multiple != 0 || x_BCHW.size(3) % multiple != 0) {
    throw std::invalid_argument(
        format("[UNetModel::forward] H and W of x must be multiples of {}, got [{}]", multiple, fmt::join(x_BCHW.sizes(), ",")));
  }
  const torch::Tensor time_silu_BT = at::silu(time_embedding(weights, time_, sinusoid_, t_B));

  const auto apply = [&](const ScratchBlock& block, const torch::Tensor& h) {
    const Segment segment = [&weights, &block, mask = input.mask](const std::vector<torch::Tensor>& in) {
      return scratch_block(weights, block, in[0], in[1], in[2], mask);
    };
    return run.recompute ? recompute(segment, {h, time_silu_BT, input.context_BLD})
                         : scratch_block(weights, block, h, time_silu_BT, input.context_BLD, input.mask, run.context_cache);
  };

  torch::Tensor h = convolution(weights, conv_in_, input.x_BCHW);
  std::vector<torch::Tensor> skips;
  for (const ScratchLevel& level : down_) {
    for (const ScratchBlock& block : level.blocks) {
      h = apply(block, h);
      skips.push_back(h);
    }
    if (level.resample) {
      h = convolution(weights, *level.resample, h);
    }
  }
  h = apply(middle_first_, h);
  h = apply(middle_last_, h);
  for (const ScratchLevel& level : up_) {
    for (const ScratchBlock& block : level.blocks) {
      h = apply(block, at::cat({h, skips.back()}, 1));
      skips.pop_back();
    }
    if (level.resample) {
      h = transposed_convolution(weights, *level.resample, h);
    }
  }
  return convolution(weights, conv_out_, group_norm_silu(weights, norm_out_, h)).to(x_BCHW.scalar_type());
}

}  // namespace

std::unique_ptr<UNetModel> make_scratch_unet(const UNetConfig& config) { return std::make_unique<ScratchUNet>(config); }

}  // namespace darkroom
