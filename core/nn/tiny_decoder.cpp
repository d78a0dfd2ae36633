// SPDX-License-Identifier: Apache-2.0
// The numbers of the layers count activations and upsamplings too, as they are elements of one sequence in the files.
#include "core/nn/tiny_decoder.h"

#include <charconv>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr std::array<int, 4> blocks_a_stage{3, 3, 3, 1};
constexpr double latent_limit = 3;  // latents beyond it are squeezed

}  // namespace

TinyDecoder::TinyDecoder(const TinyDecoderShape& shape) : shape_(shape) {
  const int64_t width = shape.width;
  if (shape.latent_channels < 1 || width < 1) {
    throw std::invalid_argument(
        format("[TinyDecoder] latent_channels and width must be at least 1, got {} and {}", shape.latent_channels, width));
  }
  const auto add = [this](const std::string& name, int64_t in, int64_t out, bool with_bias) {
    const double scale = 1 / std::sqrt(static_cast<double>(in * 9));
    Convolution convolution;
    convolution.weight = layout_.add(name + ".weight", {out, in, 3, 3}, ParameterInit::uniform, scale);
    if (with_bias) {
      convolution.bias = layout_.add(name + ".bias", {out}, ParameterInit::uniform, scale);
    }
    return convolution;
  };
  int index = 0;
  conv_in_ = add(format("decoder.layers.{}", index), shape.latent_channels, width, true);
  index += 2;  // the activation
  for (size_t stage = 0; stage < blocks_a_stage.size(); ++stage) {
    Stage made;
    for (int block = 0; block < blocks_a_stage[stage]; ++block, ++index) {
      const std::string name = format("decoder.layers.{}.conv.", index);
      made.blocks.push_back(
          {add(name + "0", width, width, true), add(name + "2", width, width, true), add(name + "4", width, width, true)});
    }
    if (stage + 1 < blocks_a_stage.size()) {
      ++index;  // the upsampling
      made.after_upsampling = add(format("decoder.layers.{}", index++), width, width, false);
    }
    stages_.push_back(std::move(made));
  }
  conv_out_ = add(format("decoder.layers.{}", index), width, 3, true);
}

torch::Tensor TinyDecoder::decode(const Weights& weights, const torch::Tensor& latents_BCHW) const {
  if (latents_BCHW.dim() != 4 || latents_BCHW.size(1) != shape_.latent_channels || weights.size() != static_cast<size_t>(layout_.size())) {
    throw std::invalid_argument(format("[TinyDecoder::decode] latents must be [B,{},H,W] with {} weights, got [{}] with {}",
                                       shape_.latent_channels, layout_.size(), fmt::join(latents_BCHW.sizes(), ","), weights.size()));
  }
  const auto run = [&weights](const Convolution& convolution, const torch::Tensor& x) {
    const std::optional<torch::Tensor> bias =
        convolution.bias ? std::make_optional(weights[static_cast<size_t>(*convolution.bias)]) : std::nullopt;
    return at::conv2d(x, weights[static_cast<size_t>(convolution.weight)], bias, at::IntArrayRef{1, 1}, at::IntArrayRef{1, 1});
  };
  const torch::Tensor squeezed = at::tanh(latents_BCHW.to(weights.front().scalar_type()) / latent_limit) * latent_limit;
  torch::Tensor h = run(conv_in_, squeezed).relu_();
  for (const Stage& stage : stages_) {
    for (const Block& block : stage.blocks) {
      const torch::Tensor inner = run(block[2], run(block[1], run(block[0], h).relu_()).relu_());
      h = (inner + h).relu_();
    }
    if (stage.after_upsampling) {
      h = run(*stage.after_upsampling, at::upsample_nearest2d(h, {2 * h.size(2), 2 * h.size(3)}));
    }
  }
  return run(conv_out_, h) * 2 - 1;
}

std::string tiny_decoder_name(const std::string& name) {
  int index = 0;
  const char* const end = name.data() + name.size();
  const auto [stopped, error] = std::from_chars(name.data(), end, index);
  if (error != std::errc{} || stopped == end || *stopped != '.' || index < 1) {
    return name;
  }
  return format("decoder.layers.{}{}", index - 1, std::string_view(stopped, static_cast<size_t>(end - stopped)));
}

}  // namespace darkroom
