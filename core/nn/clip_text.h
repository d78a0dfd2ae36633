// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, L tokens, D width.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "core/base/json.h"
#include "core/tensor/parameter_layout.h"

namespace darkroom {

enum class ClipActivation {
  quick_gelu,  ///< x sigmoid(1.702 x): OpenAI's models
  gelu,        ///< with erf: OpenCLIP's models
};

/// Fields and defaults of transformers' CLIPTextConfig.
struct ClipTextConfig {
  int64_t vocab_size = 49408;
  int64_t hidden_size = 512;
  int64_t intermediate_size = 2048;
  int64_t num_hidden_layers = 12;
  int64_t num_attention_heads = 8;
  int64_t max_position_embeddings = 77;
  int64_t projection_dim = 512;  ///< kept for files; the projection is not used here
  double layer_norm_eps = 1e-5;
  ClipActivation hidden_act = ClipActivation::quick_gelu;
  int64_t bos_token_id = 49406;
  int64_t eos_token_id = 49407;
  int64_t pad_token_id = 1;  ///< transformers' default; no part of the computation

  bool operator==(const ClipTextConfig&) const = default;
};

/// Reads the config.json of a CLIPTextModel, or of a whole CLIPModel (its "text_config").
/// throws  Error{bad_input} naming `where` and the key
ClipTextConfig clip_text_config_from_json(const Json& json, std::string_view where);
Json to_json(const ClipTextConfig& config);

/// The text encoder of Stable Diffusion 1.x (openai/clip-vit-large-patch14): 123,060,480 parameters.
ClipTextConfig sd15_clip_text_config();

/// CLIP's text transformer as a description; weights are given at each call. Thread-safe.
class ClipText {
 public:
  /// throws std::invalid_argument for a config that cannot be built
  explicit ClipText(ClipTextConfig config);
  ~ClipText();
  ClipText(const ClipText&) = delete;
  ClipText& operator=(const ClipText&) = delete;

  /// Names with the prefix "text_model.", initial values as transformers chooses them.
  const ParameterLayout& layout() const;
  const ClipTextConfig& config() const { return config_; }
  int64_t width() const { return config_.hidden_size; }
  /// Tokens of a chunk: 77.
  int64_t length() const { return config_.max_position_embeddings; }

  /// The states that a UNet is conditioned on.
  ///
  /// ids_BL     int64 or int32 [B,L], 0 <= id < vocab_size (not checked on a GPU), 1 <= L <= length()
  /// mask_BL    [B,L], not 0 for real tokens; each row's first token must be one. Without it every token is seen (diffusers' way)
  /// clip_skip  1 takes the last layer's states; n takes those n - 1 layers earlier; then final_layer_norm either way
  /// returns    [B,L,D] in the dtype of the weights
  /// throws     std::invalid_argument naming the argument and what was given
  torch::Tensor encode(const Weights& weights, const torch::Tensor& ids_BL, const std::optional<torch::Tensor>& mask_BL = std::nullopt,
                       int clip_skip = 1) const;

  /// The vectors that stand for ids, before positions are added: where the vectors of an embedding can take the place of some.
  /// returns    [B,L,D] in the dtype of the weights
  torch::Tensor embed(const Weights& weights, const torch::Tensor& ids_BL) const;
  /// As encode, from vectors [B,L,D].
  torch::Tensor encode_vectors(const Weights& weights, const torch::Tensor& vectors_BLD,
                               const std::optional<torch::Tensor>& mask_BL = std::nullopt, int clip_skip = 1) const;

 private:
  struct Plan;
  ClipTextConfig config_;
  std::unique_ptr<const Plan> plan_;
};

}  // namespace darkroom
