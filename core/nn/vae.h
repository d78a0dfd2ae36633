// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, C channels, H W rows and columns (of images where images are meant, of latents where latents are).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/tensor/parameter_layout.h"

namespace darkroom {

/// Fields and defaults of diffusers' AutoencoderKL.
struct VaeConfig {
  int64_t in_channels = 3;
  int64_t out_channels = 3;
  int64_t latent_channels = 4;
  std::vector<int64_t> block_out_channels = {64};  ///< finest first; each step halves the sides
  int64_t layers_per_block = 1;                    ///< residual blocks a level in the encoder; one more in the decoder
  int64_t norm_num_groups = 32;
  int64_t sample_size = 32;         ///< side of the images that it was made for
  double scaling_factor = 0.18215;  ///< latents of a diffusion model = mean * scaling_factor
  bool use_quant_conv = true;
  bool use_post_quant_conv = true;
  bool mid_block_add_attention = true;
  bool force_upcast = true;  ///< fp16 overflows in this VAE: run it in fp32 or bf16 instead

  bool operator==(const VaeConfig&) const = default;
};

/// throws  Error{bad_input} naming `where` and the key: unknown, of the wrong kind, or not supported
VaeConfig vae_config_from_json(const Json& json, std::string_view where);
Json to_json(const VaeConfig& config);

/// The VAE of Stable Diffusion 1.x: 83,653,863 parameters, 8 pixels a latent.
VaeConfig sd15_vae_config();

/// A normal distribution per latent value.
struct LatentDistribution {
  torch::Tensor mean_BCHW;
  torch::Tensor logvar_BCHW;  ///< clamped to [-30, 20]
};

/// AutoencoderKL as a description; weights are given at each call. Thread-safe.
class Vae {
 public:
  /// Rows of a strip where nothing speaks for another number: enough that the two that are made twice cost little.
  static constexpr int64_t usual_strip_rows = 32;
  /// How the names of each half's weights begin: who runs one of them packs it alone (pack_for_inference).
  static constexpr std::string_view encoder_weights = "encoder.";
  static constexpr std::string_view decoder_weights = "decoder.";

  /// throws std::invalid_argument for a config that cannot be built
  explicit Vae(VaeConfig config);
  ~Vae();
  Vae(const Vae&) = delete;
  Vae& operator=(const Vae&) = delete;

  /// Names of current diffusers files (to_q, to_k, to_v, to_out.0 in the middle attention).
  const ParameterLayout& layout() const;
  const VaeConfig& config() const { return config_; }

  /// images_BCHW  float [B,in_channels,H,W] in [-1, 1], H and W multiples of downscale()
  /// strip_rows   absent: all at once; else one picture after another and so many rows of a map at a time (core/nn/row_strips.h): less
  ///              memory, the same values up to the order of sums; for use without gradients
  /// returns      [B,latent_channels,H/f,W/f], not scaled, in the dtype of images_BCHW
  /// throws       std::invalid_argument naming the shape given
  LatentDistribution encode(const Weights& weights, const torch::Tensor& images_BCHW, std::optional<int64_t> strip_rows = {}) const;

  /// latents_BCHW  float [B,latent_channels,h,w], not scaled (a diffusion model's latents divided by scaling_factor())
  /// strip_rows    as for encode
  /// returns       [B,out_channels,h*f,w*f], about [-1, 1], not clamped, in the dtype of latents_BCHW
  /// throws        std::invalid_argument naming the shape given
  torch::Tensor decode(const Weights& weights, const torch::Tensor& latents_BCHW, std::optional<int64_t> strip_rows = {}) const;

  /// About how many bytes of maps decode holds at once for one picture of rows x columns latents; encode holds fewer. Weights aside.
  int64_t decode_bytes(int64_t rows, int64_t columns, torch::ScalarType dtype, std::optional<int64_t> strip_rows = {}) const;

  double scaling_factor() const { return config_.scaling_factor; }
  /// Pixels a latent, f: 2^(levels - 1).
  int64_t downscale() const { return int64_t{1} << (config_.block_out_channels.size() - 1); }
  int64_t latent_channels() const { return config_.latent_channels; }

 private:
  struct Plan;
  VaeConfig config_;
  std::unique_ptr<const Plan> plan_;
};

}  // namespace darkroom
