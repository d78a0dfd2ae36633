// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/bpe_merges.h"

namespace darkroom {

struct NormalizedText;

/// A prompt as the text encoder takes it.
struct TokenizedText {
  std::vector<std::array<int32_t, 77>> chunks;  ///< start, up to 75 tokens, end, padded with end; one chunk, never none
  int tokens = 0;                               ///< tokens of the whole text, those that were cut included, start and end not
  std::string cut;                              ///< the text that did not fit, as it was written; empty when all fitted
};

/// One token and the bytes of the text that it stands for.
struct TokenSpan {
  int32_t id;
  size_t begin, end;  ///< [begin, end) of the text as it was given; whole characters, so tokens that share a character overlap
};

/// How much of a prompt the text encoder sees.
struct PromptFit {
  int tokens = 0;         ///< of the whole text, without start and end
  size_t fits_bytes = 0;  ///< what begins at this byte was cut; the size of the text when all fitted
};

/// The tokenizer of openai/clip-vit-large-patch14: text to ids of its 49,408 pieces.
///
/// Guarantee: for valid UTF-8 the ids of the Hugging Face `tokenizers` library (0.22, CLIPTokenizerFast's settings): NFC, white space
/// folded, lower case character by character; "<|startoftext|>" and "<|endoftext|>" in any case are the special tokens; words by the
/// pattern 's|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+; byte-pair merges within a word. Bytes that are not UTF-8 count as
/// U+FFFD. HTML entities are text like any other, as they are to the reference. Immutable, thread-safe; steady use allocates only what it
/// returns.
class ClipTokenizer {
 public:
  static constexpr int kLength = 77;               ///< ids of a chunk
  static constexpr int kTextTokens = kLength - 2;  ///< of them for text
  static constexpr int32_t kStart = 49406;
  static constexpr int32_t kEnd = 49407;  ///< also fills what is left of a chunk
  static constexpr int kVocabulary = 49408;

  /// The vocabulary shipped as resources/tokenizer/merges.txt, read at the first call.
  /// throws  Error{not_found | io | bad_input} when the resource is missing or damaged
  static const ClipTokenizer& builtin();

  /// `merges_text` is the content of a merges.txt of CLIP; `where` names it in errors. throws Error{bad_input}
  ClipTokenizer(std::string_view merges_text, std::string_view where) : merges_(merges_text, where) {}

  /// All ids of the text, without start and end.
  std::vector<int32_t> encode(std::string_view text) const;

  /// Likewise, each with its place in the text.
  std::vector<TokenSpan> encode_with_spans(std::string_view text) const;

  /// The first 75 tokens as one chunk, and what was cut.
  TokenizedText tokenize(std::string_view text) const;

  /// For the counter beside a prompt: as tokenize, without building anything.
  PromptFit fit(std::string_view text) const;

  /// The same chunk into memory of the caller, for many captions: allocates nothing in the steady state and stops reading where the chunk
  /// is full.
  ///
  /// ids77   int32 [77]
  /// mask77  int32 [77]: 1 from the start to the end token, 0 on the padding; may be null
  void encode_into(std::string_view text, int32_t* ids77, int32_t* mask77) const;

  /// The piece as vocab.json spells it: one printable character for each byte, "</w>" where a word ends.
  /// throws  std::invalid_argument unless 0 <= id < 49408
  std::string piece(int32_t id) const;

 private:
  BpeMerges merges_;
};

}  // namespace darkroom
