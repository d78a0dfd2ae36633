// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/clip_tokenizer.h"
#include "core/text/prompt_schedule.h"

namespace darkroom {

/// A textual-inversion embedding that prompts can name.
struct EmbeddingName {
  std::string name;
  int vectors = 1;  ///< tokens that it takes, 1..75
};

/// Finds the names of embeddings among token ids. Immutable.
class EmbeddingNames {
 public:
  struct Match {
    int index;  ///< of the name in the list that was given
    int vectors;
    size_t tokens;  ///< that the name itself has
  };

  EmbeddingNames() = default;
  /// throws  Error{bad_input} for a name without tokens, or with vectors outside 1..75
  EmbeddingNames(const ClipTokenizer& tokenizer, std::vector<EmbeddingName> names);

  /// The longest name that begins at `at`; of equals the first given.
  std::optional<Match> match(std::span<const TokenSpan> tokens, size_t at) const;
  const std::vector<EmbeddingName>& names() const { return names_; }

 private:
  struct Entry {
    std::vector<int32_t> ids;
    int index;
  };
  std::vector<EmbeddingName> names_;
  std::map<int32_t, std::vector<Entry>> by_first_id_;  ///< longest first
};

/// Why a chunk ends where it does.
enum class ChunkEnd {
  text,        ///< the prompt ends
  full,        ///< 75 tokens
  comma,       ///< full, and what stood behind its last comma was moved into the next
  break_word,  ///< BREAK
  embedding,   ///< an embedding did not fit into the rest
  cut,         ///< the last one allowed is full and there is more
};

/// Where the vectors of an embedding go.
struct EmbeddingPlace {
  int position;  ///< of its first vector in the 77 ids, 1..75
  int index;     ///< in EmbeddingNames::names()
  int vectors;
  bool operator==(const EmbeddingPlace&) const = default;
};

/// 77 ids as the text encoder takes them. Arrays are indexed alike; 0 is the start.
struct PromptChunk {
  std::array<int32_t, ClipTokenizer::kLength> ids;    ///< start, tokens, end, padded with end; 0 where a vector of an embedding goes
  std::array<float, ClipTokenizer::kLength> weights;  ///< 1 for start, end and padding
  std::vector<ByteRange> source;                      ///< of each token, from position 1 on, in the prompt as it was written
  std::vector<EmbeddingPlace> embeddings;
  ChunkEnd end = ChunkEnd::text;

  int tokens() const { return static_cast<int>(source.size()); }  ///< without start and end, at most 75
};

/// Tokens that were moved from one chunk into the next by the rule about commas.
struct MovedText {
  int into_chunk;
  int tokens;
  ByteRange source;
};

/// A prompt as chunks.
struct ChunkedPrompt {
  std::vector<PromptChunk> chunks;  ///< at least one
  int tokens = 0;                   ///< used: 75 for each chunk but the last, and the last one's; those that were cut not
  std::vector<MovedText> moved;
  int cut_tokens = 0;    ///< that found no chunk
  ByteRange cut_source;  ///< from the first to behind the last of them, in the prompt as it was written; empty when none

  /// Tokens that the chunks have room for, as the counter shows it: "tokens/room".
  int room() const;
};

/// The counter's second number: the next multiple of 75, at least 75.
int token_room(int tokens);

struct ChunkOptions {
  int comma_backtrack = 20;       ///< a full chunk ends behind its last comma if that is at most so many tokens back; 0: never
  std::optional<int> max_chunks;  ///< absent: as many as the prompt needs
};

/// A chunk without text.
PromptChunk empty_chunk();

/// Lays weighted text out in chunks of 75 tokens.
///
/// Each item is tokenized by itself. A BREAK ends its chunk, however little is in it. Embeddings take as many tokens as they have vectors
/// and are never split; moved by the comma rule they move whole. The last chunk that max_chunks allows is filled to the end; what then
/// remains is reported as cut.
/// throws  std::invalid_argument: max_chunks < 1
/// source  tokenize_line of AUTOMATIC1111/stable-diffusion-webui 1.10
ChunkedPrompt chunk_prompt(std::span<const WeightedText> items, const ClipTokenizer& tokenizer, const EmbeddingNames& embeddings = {},
                           const ChunkOptions& options = {});

/// What the counter beside a prompt shows: of all texts that its schedule and its parts give, the one with the most tokens.
/// In plain syntax and with one text this is all there is to know. ≤ 2 ms for 2,000 characters.
ChunkedPrompt count_prompt(std::string_view prompt, PromptSyntax syntax, PromptSide side, int steps, const ClipTokenizer& tokenizer,
                           const EmbeddingNames& embeddings = {}, const ChunkOptions& options = {});

}  // namespace darkroom
