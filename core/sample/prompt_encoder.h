// SPDX-License-Identifier: Apache-2.0
// Shapes: L tokens (77 a chunk), D width of the text states.
#pragma once

#include <torch/types.h>

#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/lora/text_embedding.h"
#include "core/model/model_folder.h"
#include "core/text/prompt_chunks.h"

namespace darkroom {

/// What the weights of a prompt do to the states.
enum class Emphasis {
  original,  ///< z w, then times (mean before / mean after) of the chunk's tensor: A1111's default
  no_norm,   ///< z w
  comfy,     ///< z_empty + w (z - z_empty), z_empty the states of the empty prompt at the same positions
  none,      ///< nothing (the brackets are still not part of the text)
};

/// "original", "no_norm", "comfy", "none".
std::string_view emphasis_name(Emphasis emphasis);
/// throws  Error{usage} naming the spellings that there are
Emphasis emphasis_from_name(std::string_view name);

/// A prompt to be encoded.
struct PromptText {
  ChunkedPrompt chunked;
  int64_t times = 1;  ///< how often its schedule has it: its share in the means of Emphasis::original
};

/// A prompt as the UNet is given it.
struct EncodedText {
  torch::Tensor states_1LD;              ///< [1,77 k,D] in the text encoder's dtype, on its device
  std::optional<torch::Tensor> mask_1L;  ///< int64 [1,77 k]; only for models that were trained with the attention mask
};

/// Chunks -> states, remembering the last ones: each is encoded once, whatever its weights and wherever it stands. Not thread-safe.
class PromptEncoder {
 public:
  /// Chunks that are remembered: at 768 fp32 values a token some 30 MB.
  static constexpr size_t kRemembered = 128;

  /// `text` must outlive this. use_mask: give the encoder the attention mask (models of the source run).
  PromptEncoder(const LoadedTextEncoder& text, torch::Device device, bool use_mask);

  /// The embeddings that prompts can name from now on; chunk prompts with embeddings() to find them.
  /// throws  Error{bad_input} naming the embedding whose shape does not fit the encoder
  void set_embeddings(std::vector<TextEmbedding> embeddings);
  const EmbeddingNames& embeddings() const { return names_; }

  /// Forgets what was encoded. To be called when the weights of the text encoder have changed (a LoRA merged or taken out).
  void forget() { remembered_.clear(); }

  /// The states of prompts that belong together (the texts of one schedule), each padded with empty chunks to the longest of them and to
  /// `chunks`.
  ///
  /// Emphasis::original takes its means over the same chunk of all of them, as the reference does, which encodes them as one batch.
  /// The mask of a chunk that was only padded on is 0: such models do not see it.
  /// clip_skip  as ClipText::encode
  /// throws     Error{bad_input} for a weight that is not finite; what ClipText::encode throws
  std::vector<EncodedText> encode(std::span<const PromptText> prompts, Emphasis emphasis, int clip_skip, size_t chunks = 1);

  /// How often the encoder ran, in chunks, since it was made.
  int64_t encoded_chunks() const { return encoded_chunks_; }

  bool use_mask() const { return use_mask_; }

 private:
  struct Remembered {
    std::string key;
    torch::Tensor states_1LD;
  };

  torch::Tensor chunk_states(const PromptChunk& chunk, int clip_skip);
  torch::Tensor run(const PromptChunk& chunk, int clip_skip) const;

  const LoadedTextEncoder& text_;
  torch::Device device_;
  bool use_mask_;
  EmbeddingNames names_;
  std::vector<torch::Tensor> vectors_ND_;  ///< as in names_
  std::list<Remembered> remembered_;       ///< most recent first
  int64_t encoded_chunks_ = 0;
};

}  // namespace darkroom
