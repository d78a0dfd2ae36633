// SPDX-License-Identifier: Apache-2.0
// Source: the rules of AUTOMATIC1111/stable-diffusion-webui 1.10 (sd_emphasis) and of ComfyUI (sd1_clip).
// What is remembered are the states before emphasis: changing a weight runs no layer. Chunks run one by one, not as a batch, so that a
// chunk's states do not depend on its neighbours by a bit.
#include "core/sample/prompt_encoder.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr std::array<std::string_view, 4> kEmphasisNames = {"original", "no_norm", "comfy", "none"};

template <typename T>
void append_bytes(std::string& key, const T& value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

std::string key_of(const PromptChunk& chunk, int clip_skip) {
  std::string key;
  append_bytes(key, chunk.ids);
  append_bytes(key, clip_skip);
  for (const EmbeddingPlace& place : chunk.embeddings) {
    append_bytes(key, place);
  }
  return key;
}

bool has_weights(const PromptChunk& chunk) {
  return std::any_of(chunk.weights.begin(), chunk.weights.end(), [](float weight) { return weight != 1.0F; });
}

torch::Tensor weights_of(const PromptChunk& chunk, const torch::Tensor& like) {
  const int64_t length = ClipTokenizer::kLength;
  const torch::Tensor weights_L = torch::empty({length}, torch::kFloat32);
  std::copy(chunk.weights.begin(), chunk.weights.end(), weights_L.mutable_data_ptr<float>());
  return weights_L.reshape({1, length, 1}).to(like.device());
}

/// One chunk of each prompt, in float32, with its weights and its share.
struct Column {
  std::vector<torch::Tensor> states_1LD, weights_1L1;
  std::vector<int64_t> times;
};

void scale(Column& column, bool restore_mean) {
  const auto total = [&column] {
    torch::Tensor sum;
    for (size_t i = 0; i < column.times.size(); ++i) {
      const torch::Tensor share = column.states_1LD[i].sum(torch::kDouble) * column.times[i];
      sum = sum.defined() ? sum + share : share;
    }
    return sum;
  };
  const torch::Tensor before = restore_mean ? total() : torch::Tensor();
  for (size_t i = 0; i < column.times.size(); ++i) {
    column.states_1LD[i] = column.states_1LD[i] * column.weights_1L1[i];
  }
  if (!restore_mean) {
    return;
  }
  const torch::Tensor after = total();
  const torch::Tensor factor = at::where(after == 0, at::ones_like(after), before / after).to(torch::kFloat32);
  for (torch::Tensor& states_1LD : column.states_1LD) {
    states_1LD = states_1LD * factor;
  }
}

void lean_from(Column& column, const torch::Tensor& empty_1LD) {
  for (size_t i = 0; i < column.times.size(); ++i) {
    const torch::Tensor& weights_1L1 = column.weights_1L1[i];
    const torch::Tensor leaning = (column.states_1LD[i] - empty_1LD) * weights_1L1 + empty_1LD;
    column.states_1LD[i] = at::where(weights_1L1 == 1, column.states_1LD[i], leaning);
  }
}

torch::Tensor mask_of(const ChunkedPrompt& prompt, size_t chunks, torch::Device device) {
  const int64_t length = ClipTokenizer::kLength;
  torch::Tensor mask_1L = torch::zeros({1, length * static_cast<int64_t>(chunks)}, torch::kInt64);
  for (size_t i = 0; i < prompt.chunks.size(); ++i) {
    mask_1L.narrow(1, length * static_cast<int64_t>(i), prompt.chunks[i].tokens() + 2).fill_(1);  // start, the tokens, the first end
  }
  return mask_1L.to(device);
}

}  // namespace

std::string_view emphasis_name(Emphasis emphasis) { return kEmphasisNames[static_cast<size_t>(emphasis)]; }

Emphasis emphasis_from_name(std::string_view name) {
  const auto found = std::find(kEmphasisNames.begin(), kEmphasisNames.end(), name);
  if (found == kEmphasisNames.end()) {
    fail(ErrorCode::usage, "Emphasis must be one of {}, got \"{}\".", fmt::join(kEmphasisNames, ", "), name);
  }
  return static_cast<Emphasis>(found - kEmphasisNames.begin());
}

PromptEncoder::PromptEncoder(const LoadedTextEncoder& text, torch::Device device, bool use_mask)
    : text_(text), device_(device), use_mask_(use_mask) {}

void PromptEncoder::set_embeddings(std::vector<TextEmbedding> embeddings) {
  std::vector<EmbeddingName> names;
  std::vector<torch::Tensor> vectors_ND;
  for (TextEmbedding& embedding : embeddings) {
    const torch::Tensor& given = embedding.vectors_ND;
    if (given.dim() != 2 || given.size(1) != text_.model->width()) {
      fail(ErrorCode::bad_input, "Embedding \"{}\" is [{}]; this model's text encoder needs vectors of {} values.", embedding.name,
           fmt::join(given.sizes(), ","), text_.model->width());
    }
    vectors_ND.push_back(given.to(text_.weights.front().options().requires_grad(false)));
    names.push_back({std::move(embedding.name), static_cast<int>(given.size(0))});
  }
  names_ = EmbeddingNames(ClipTokenizer::builtin(), std::move(names));
  vectors_ND_ = std::move(vectors_ND);
  forget();
}

std::vector<EncodedText> PromptEncoder::encode(std::span<const PromptText> prompts, Emphasis emphasis, int clip_skip, size_t chunks) {
  const torch::NoGradGuard no_grad;
  const PromptChunk empty = empty_chunk();
  size_t own = 1;
  for (const PromptText& prompt : prompts) {
    own = std::max(own, prompt.chunked.chunks.size());
  }
  const size_t all = std::max(own, chunks);
  std::vector<std::vector<torch::Tensor>> parts(prompts.size());
  for (size_t k = 0; k < all; ++k) {
    Column column;
    bool weighted = false;
    for (const PromptText& prompt : prompts) {
      const PromptChunk& chunk = k < prompt.chunked.chunks.size() ? prompt.chunked.chunks[k] : empty;
      for (const float weight : chunk.weights) {
        if (!std::isfinite(weight)) {
          fail(ErrorCode::bad_input, "A weight in the prompt is {}; weights must be finite numbers.", weight);
        }
      }
      const torch::Tensor states_1LD = chunk_states(chunk, clip_skip);
      weighted = weighted || has_weights(chunk);
      column.states_1LD.push_back(states_1LD);
      column.weights_1L1.push_back(weights_of(chunk, states_1LD));
      column.times.push_back(prompt.times);
    }
    if (weighted && emphasis != Emphasis::none) {
      const torch::ScalarType dtype = column.states_1LD.front().scalar_type();
      for (torch::Tensor& states_1LD : column.states_1LD) {
        states_1LD = states_1LD.to(torch::kFloat32);
      }
      if (emphasis == Emphasis::comfy) {
        lean_from(column, chunk_states(empty, clip_skip).to(torch::kFloat32));
      } else {
        scale(column, emphasis == Emphasis::original);
      }
      for (torch::Tensor& states_1LD : column.states_1LD) {
        states_1LD = states_1LD.to(dtype);
      }
    }
    for (size_t i = 0; i < prompts.size(); ++i) {
      parts[i].push_back(column.states_1LD[i]);
    }
  }
  std::vector<EncodedText> result(prompts.size());
  for (size_t i = 0; i < prompts.size(); ++i) {
    result[i].states_1LD = all == 1 ? parts[i].front() : at::cat(parts[i], 1);
    if (use_mask_) {
      result[i].mask_1L = mask_of(prompts[i].chunked, all, device_);
    }
  }
  return result;
}

torch::Tensor PromptEncoder::chunk_states(const PromptChunk& chunk, int clip_skip) {
  const std::string key = key_of(chunk, clip_skip);
  const auto found =
      std::find_if(remembered_.begin(), remembered_.end(), [&key](const Remembered& remembered) { return remembered.key == key; });
  if (found != remembered_.end()) {
    remembered_.splice(remembered_.begin(), remembered_, found);
    return remembered_.front().states_1LD;
  }
  remembered_.push_front({key, run(chunk, clip_skip)});
  ++encoded_chunks_;
  if (remembered_.size() > kRemembered) {
    remembered_.pop_back();
  }
  return remembered_.front().states_1LD;
}

torch::Tensor PromptEncoder::run(const PromptChunk& chunk, int clip_skip) const {
  torch::Tensor ids_1L = torch::empty({1, ClipTokenizer::kLength}, torch::kInt64);
  std::copy(chunk.ids.begin(), chunk.ids.end(), ids_1L.mutable_data_ptr<int64_t>());
  std::optional<torch::Tensor> mask_1L;
  if (use_mask_) {
    mask_1L = torch::zeros_like(ids_1L);
    mask_1L->narrow(1, 0, chunk.tokens() + 2).fill_(1);
    mask_1L = mask_1L->to(device_);
  }
  torch::Tensor vectors_1LD = text_.model->embed(text_.weights, ids_1L.to(device_));
  for (const EmbeddingPlace& place : chunk.embeddings) {
    vectors_1LD.narrow(1, place.position, place.vectors).copy_(vectors_ND_.at(static_cast<size_t>(place.index)).unsqueeze(0));
  }
  return text_.model->encode_vectors(text_.weights, vectors_1LD, mask_1L, clip_skip);
}

}  // namespace darkroom
