// SPDX-License-Identifier: Apache-2.0
// Source: Radford et al. 2021, arXiv:2103.00020. Without a padding mask the fused kernels get `causal` and no mask tensor at all.
#include "core/nn/clip_text.h"

#include "core/base/format.h"
#include "core/nn/attention.h"
#include "core/nn/config_reader.h"

namespace darkroom {
namespace {

struct ClipLayer {
  NormLayer norm1, norm2;
  AttentionLayer attention;
  LinearLayer fc1, fc2;
};

// transformers draws CLIP's weights from normal distributions of these widths and starts biases at zero.
LinearLayer add_normal_linear(ParameterLayout& layout, const std::string& name, int64_t in, int64_t out, double deviation) {
  const int weight = layout.add(name + ".weight", {out, in}, ParameterInit::normal, deviation);
  return {weight, layout.add(name + ".bias", {out}, ParameterInit::zeros)};
}

ClipLayer add_layer(ParameterLayout& layout, const ClipTextConfig& config, const std::string& name) {
  const int64_t width = config.hidden_size;
  const double narrow = 1.0 / std::sqrt(static_cast<double>(width));
  const double deep = narrow / std::sqrt(2.0 * static_cast<double>(config.num_hidden_layers));
  ClipLayer layer;
  layer.norm1 = add_layer_norm(layout, name + ".layer_norm1", width, config.layer_norm_eps);
  layer.attention.heads = config.num_attention_heads;
  layer.attention.to_q = add_normal_linear(layout, name + ".self_attn.q_proj", width, width, deep);
  layer.attention.to_k = add_normal_linear(layout, name + ".self_attn.k_proj", width, width, deep);
  layer.attention.to_v = add_normal_linear(layout, name + ".self_attn.v_proj", width, width, deep);
  layer.attention.to_out = add_normal_linear(layout, name + ".self_attn.out_proj", width, width, narrow);
  layer.norm2 = add_layer_norm(layout, name + ".layer_norm2", width, config.layer_norm_eps);
  layer.fc1 = add_normal_linear(layout, name + ".mlp.fc1", width, config.intermediate_size, narrow / std::sqrt(2.0));
  layer.fc2 = add_normal_linear(layout, name + ".mlp.fc2", config.intermediate_size, width, deep);
  return layer;
}

torch::Tensor activate(const torch::Tensor& x, ClipActivation activation) {
  return activation == ClipActivation::gelu ? at::gelu(x) : x * at::sigmoid(1.702 * x);
}

torch::Tensor run_layer(const Weights& weights, const ClipLayer& layer, const torch::Tensor& x_BLD,
                        const std::optional<torch::Tensor>& mask, ClipActivation activation) {
  const torch::Tensor normed = layer_norm(weights, layer.norm1, x_BLD);
  const AttentionLayer& heads = layer.attention;
  const torch::Tensor seen = multi_head_attention(linear(weights, heads.to_q, normed), linear(weights, heads.to_k, normed),
                                                  linear(weights, heads.to_v, normed), heads.heads, mask, !mask.has_value());
  const torch::Tensor h = sum_into(linear(weights, heads.to_out, seen), x_BLD);
  const torch::Tensor inner = activate(linear(weights, layer.fc1, layer_norm(weights, layer.norm2, h)), activation);
  return sum_into(linear(weights, layer.fc2, inner), h);
}

}  // namespace

struct ClipText::Plan {
  ParameterLayout layout;
  int token_embedding = 0;
  int position_embedding = 0;
  std::vector<ClipLayer> layers;
  NormLayer final_norm;
};

ClipText::ClipText(ClipTextConfig config) : config_(config) {
  if (config_.num_attention_heads < 1 || config_.hidden_size % config_.num_attention_heads != 0) {
    throw std::invalid_argument(
        format("[ClipText] {} heads do not divide a width of {}", config_.num_attention_heads, config_.hidden_size));
  }
  auto plan = std::make_unique<Plan>();
  plan->token_embedding = plan->layout.add("text_model.embeddings.token_embedding.weight", {config_.vocab_size, config_.hidden_size},
                                           ParameterInit::normal, 0.02);
  plan->position_embedding = plan->layout.add("text_model.embeddings.position_embedding.weight",
                                              {config_.max_position_embeddings, config_.hidden_size}, ParameterInit::normal, 0.02);
  for (int64_t i = 0; i < config_.num_hidden_layers; ++i) {
    plan->layers.push_back(add_layer(plan->layout, config_, format("text_model.encoder.layers.{}", i)));
  }
  plan->final_norm = add_layer_norm(plan->layout, "text_model.final_layer_norm", config_.hidden_size, config_.layer_norm_eps);
  plan_ = std::move(plan);
}

ClipText::~ClipText() = default;

const ParameterLayout& ClipText::layout() const { return plan_->layout; }

torch::Tensor ClipText::encode(const Weights& weights, const torch::Tensor& ids_BL, const std::optional<torch::Tensor>& mask_BL,
                               int clip_skip) const {
  return encode_vectors(weights, embed(weights, ids_BL), mask_BL, clip_skip);
}

torch::Tensor ClipText::embed(const Weights& weights, const torch::Tensor& ids_BL) const {
  require_weights(layout(), weights, "ClipText::embed");
  if (ids_BL.dim() != 2 || ids_BL.size(1) < 1 || ids_BL.size(1) > length() ||
      (ids_BL.scalar_type() != torch::kInt64 && ids_BL.scalar_type() != torch::kInt32)) {
    throw std::invalid_argument(
        format("[ClipText::embed] ids must be int64 or int32 [B,L] with 1 <= L <= {}, got [{}]", length(), fmt::join(ids_BL.sizes(), ",")));
  }
  return at::embedding(weight_at(weights, plan_->token_embedding), ids_BL);
}

torch::Tensor ClipText::encode_vectors(const Weights& weights, const torch::Tensor& vectors_BLD,
                                       const std::optional<torch::Tensor>& mask_BL, int clip_skip) const {
  require_weights(layout(), weights, "ClipText::encode_vectors");
  if (vectors_BLD.dim() != 3 || vectors_BLD.size(1) < 1 || vectors_BLD.size(1) > length() || vectors_BLD.size(2) != width()) {
    throw std::invalid_argument(format("[ClipText::encode_vectors] vectors must be [B,L,{}] with 1 <= L <= {}, got [{}]", width(), length(),
                                       fmt::join(vectors_BLD.sizes(), ",")));
  }
  if (clip_skip < 1 || clip_skip > config_.num_hidden_layers) {
    throw std::invalid_argument(
        format("[ClipText::encode_vectors] clip_skip must be 1 to {}, got {}", config_.num_hidden_layers, clip_skip));
  }
  const int64_t tokens = vectors_BLD.size(1);
  std::optional<torch::Tensor> mask;  // [B,1,L,L]: causal and not padding
  if (mask_BL) {
    if (mask_BL->dim() != 2 || mask_BL->size(0) != vectors_BLD.size(0) || mask_BL->size(1) != tokens) {
      throw std::invalid_argument(format("[ClipText::encode_vectors] mask must be [{},{}] like the tokens, got [{}]", vectors_BLD.size(0),
                                         tokens, fmt::join(mask_BL->sizes(), ",")));
    }
    const torch::Tensor causal_LL = at::ones({tokens, tokens}, mask_BL->options().dtype(torch::kBool)).tril();
    mask = mask_BL->to(torch::kBool).unsqueeze(1).unsqueeze(1).logical_and(causal_LL);
  }

  torch::Tensor h = vectors_BLD + weight_at(weights, plan_->position_embedding).narrow(0, 0, tokens);
  const size_t layers = plan_->layers.size() - static_cast<size_t>(clip_skip - 1);
  for (size_t i = 0; i < layers; ++i) {
    h = run_layer(weights, plan_->layers[i], h, mask, config_.hidden_act);
  }
  return layer_norm(weights, plan_->final_norm, h);
}

ClipTextConfig clip_text_config_from_json(const Json& json, std::string_view where) {
  const auto nested = json.is_object() ? json.find("text_config") : json.end();
  if (json.is_object() && nested != json.end() && nested->is_object()) {
    return clip_text_config_from_json(*nested, format("{}: text_config", where));
  }
  ConfigReader reader(json, where);
  reader.require_plain("model_type", {"clip_text_model", "clip"});
  ClipTextConfig config;
  config.vocab_size = reader.integer("vocab_size", config.vocab_size, 1);
  config.hidden_size = reader.integer("hidden_size", config.hidden_size, 1);
  config.intermediate_size = reader.integer("intermediate_size", config.intermediate_size, 1);
  config.num_hidden_layers = reader.integer("num_hidden_layers", config.num_hidden_layers, 1);
  config.num_attention_heads = reader.integer("num_attention_heads", config.num_attention_heads, 1);
  config.max_position_embeddings = reader.integer("max_position_embeddings", config.max_position_embeddings, 1);
  config.projection_dim = reader.integer("projection_dim", config.projection_dim, 1);
  config.layer_norm_eps = reader.number("layer_norm_eps", config.layer_norm_eps);
  config.bos_token_id = reader.integer("bos_token_id", config.bos_token_id, 0);
  config.eos_token_id = reader.integer("eos_token_id", config.eos_token_id, 0);
  config.pad_token_id = reader.integer("pad_token_id", config.pad_token_id, 0);
  const std::string activation = reader.text("hidden_act", "quick_gelu");
  if (activation != "quick_gelu" && activation != "gelu") {
    reader.reject("hidden_act", "expected quick_gelu or gelu");
  }
  config.hidden_act = activation == "gelu" ? ClipActivation::gelu : ClipActivation::quick_gelu;
  if (config.hidden_size % config.num_attention_heads != 0) {
    reader.reject("num_attention_heads", format("does not divide hidden_size {}", config.hidden_size));
  }
  return config;  // no finish(): transformers writes many keys that change nothing here
}

Json to_json(const ClipTextConfig& config) {
  return {
      {"architectures", Json::array({"CLIPTextModel"})},
      {"attention_dropout", 0.0},
      {"bos_token_id", config.bos_token_id},
      {"eos_token_id", config.eos_token_id},
      {"hidden_act", config.hidden_act == ClipActivation::gelu ? "gelu" : "quick_gelu"},
      {"hidden_size", config.hidden_size},
      {"initializer_factor", 1.0},
      {"initializer_range", 0.02},
      {"intermediate_size", config.intermediate_size},
      {"layer_norm_eps", config.layer_norm_eps},
      {"max_position_embeddings", config.max_position_embeddings},
      {"model_type", "clip_text_model"},
      {"num_attention_heads", config.num_attention_heads},
      {"num_hidden_layers", config.num_hidden_layers},
      {"pad_token_id", config.pad_token_id},
      {"projection_dim", config.projection_dim},
      {"vocab_size", config.vocab_size},
  };
}

ClipTextConfig sd15_clip_text_config() {
  ClipTextConfig config;
  config.hidden_size = 768;
  config.intermediate_size = 3072;
  config.num_hidden_layers = 12;
  config.num_attention_heads = 12;
  config.projection_dim = 768;
  return config;
}

}  // namespace darkroom
