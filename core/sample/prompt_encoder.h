// SPDX-License-Identifier: Apache-2.0
// Shapes: L tokens, D width of the text states.
#pragma once

#include <torch/types.h>

#include <list>
#include <string>

#include "core/model/model_folder.h"

namespace darkroom {

/// A prompt as the UNet is given it.
struct EncodedPrompt {
  torch::Tensor states_1LD;              ///< [1,77,D] in the text encoder's dtype, on its device
  std::optional<torch::Tensor> mask_1L;  ///< int64 [1,77]; only for models that were trained with the attention mask
  int tokens = 0;                        ///< of the prompt, without start and end
  std::string cut;                       ///< the end of the prompt that did not fit into 75 tokens; empty when all did
};

/// Text -> states, remembering the last ones, so that a negative prompt or a repeated prompt is encoded once. Not thread-safe.
class PromptEncoder {
 public:
  /// `text` must outlive this. use_mask: give the encoder the attention mask (models of the source run).
  PromptEncoder(const LoadedTextEncoder& text, torch::Device device, bool use_mask) : text_(text), device_(device), use_mask_(use_mask) {}

  /// throws what ClipText::encode throws
  EncodedPrompt encode(const std::string& prompt, int clip_skip);

 private:
  struct Remembered {
    std::string prompt;
    int clip_skip;
    EncodedPrompt encoded;
  };

  const LoadedTextEncoder& text_;
  torch::Device device_;
  bool use_mask_;
  std::list<Remembered> recent_;  ///< most recent first
};

}  // namespace darkroom
