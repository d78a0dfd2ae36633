// SPDX-License-Identifier: Apache-2.0
#include "core/sample/prompt_encoder.h"

#include "core/text/clip_tokenizer.h"

namespace darkroom {
namespace {

constexpr size_t remembered_prompts = 8;

}  // namespace

EncodedPrompt PromptEncoder::encode(const std::string& prompt, int clip_skip) {
  for (auto found = recent_.begin(); found != recent_.end(); ++found) {
    if (found->prompt == prompt && found->clip_skip == clip_skip) {
      recent_.splice(recent_.begin(), recent_, found);
      return recent_.front().encoded;
    }
  }
  const torch::NoGradGuard no_grad;
  const TokenizedText text = ClipTokenizer::builtin().tokenize(prompt);
  torch::Tensor ids_1L = torch::empty({1, 77}, torch::kInt64);
  torch::Tensor mask_1L = torch::zeros({1, 77}, torch::kInt64);
  for (int64_t i = 0; i < 77; ++i) {
    ids_1L[0][i] = text.chunks.front()[static_cast<size_t>(i)];
    mask_1L[0][i] = i < std::min(text.tokens, 75) + 2 ? 1 : 0;  // start, the tokens, the first end
  }
  EncodedPrompt encoded;
  encoded.tokens = text.tokens;
  encoded.cut = text.cut;
  if (use_mask_) {
    encoded.mask_1L = mask_1L.to(device_);
  }
  encoded.states_1LD = text_.model->encode(text_.weights, ids_1L.to(device_), encoded.mask_1L, clip_skip);
  recent_.push_front({prompt, clip_skip, encoded});
  if (recent_.size() > remembered_prompts) {
    recent_.pop_back();
  }
  return encoded;
}

}  // namespace darkroom
