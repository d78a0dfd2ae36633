// SPDX-License-Identifier: Apache-2.0
// Source: the rules of AUTOMATIC1111/stable-diffusion-webui 1.10, sd_hijack_clip. One difference: there an embedding that the comma rule
// moves leaves its vectors behind, over the padding of the old chunk; here they move with it.
#include "core/text/prompt_chunks.h"

#include <algorithm>
#include <stdexcept>
#include <unordered_set>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr int32_t kComma = 267;  // ",</w>"
constexpr int kRoom = ClipTokenizer::kTextTokens;

struct Token {
  int32_t id;
  float weight;
  ByteRange source;
};

/// The chunk that is being filled, and those before it.
class Layout {
 public:
  explicit Layout(const ChunkOptions& options) : options_(options) {
    if (options.max_chunks && *options.max_chunks < 1) {
      throw std::invalid_argument(format("[chunk_prompt] max_chunks must be 1 or more, got {}", *options.max_chunks));
    }
  }

  void add(const TokenSpan& token, float weight, ByteRange source) {
    if (token.id == kComma) {
      last_comma_ = used();
    }
    make_room(token.id != kComma);
    if (none_left()) {
      cut(1, source);
      return;
    }
    tokens_.push_back({token.id, weight, source});
  }

  void add_embedding(int index, int vectors, float weight, ByteRange source) {
    make_room(true);
    if (used() + vectors > kRoom) {
      close(last_allowed() ? ChunkEnd::cut : ChunkEnd::embedding);
    }
    if (none_left()) {
      cut(vectors, source);
      return;
    }
    embeddings_.push_back({used() + 1, index, vectors});
    tokens_.insert(tokens_.end(), static_cast<size_t>(vectors), {0, weight, source});
  }

  void close(ChunkEnd end) {
    if (none_left()) {
      return;
    }
    result_.tokens += end == ChunkEnd::text ? used() : kRoom;
    PromptChunk& chunk = result_.chunks.emplace_back(empty_chunk());
    for (size_t i = 0; i < tokens_.size(); ++i) {
      chunk.ids[i + 1] = tokens_[i].id;
      chunk.weights[i + 1] = tokens_[i].weight;
      chunk.source.push_back(tokens_[i].source);
    }
    chunk.embeddings = std::move(embeddings_);
    chunk.end = end;
    tokens_.clear();
    embeddings_.clear();
    last_comma_.reset();
  }

  ChunkedPrompt finish() {
    if (!tokens_.empty() || result_.chunks.empty()) {
      close(ChunkEnd::text);
    }
    return std::move(result_);
  }

 private:
  int used() const { return static_cast<int>(tokens_.size()); }
  int closed() const { return static_cast<int>(result_.chunks.size()); }
  bool last_allowed() const { return options_.max_chunks && closed() + 1 >= *options_.max_chunks; }
  bool none_left() const { return options_.max_chunks && closed() >= *options_.max_chunks; }

  /// Ends a full chunk, where it may behind its last comma.
  void make_room(bool behind_comma) {
    if (used() == kRoom && behind_comma && last_comma_ && !last_allowed() && used() - *last_comma_ <= options_.comma_backtrack) {
      move_behind_comma();
    }
    if (used() == kRoom) {
      close(last_allowed() ? ChunkEnd::cut : ChunkEnd::full);
    }
  }

  void move_behind_comma() {
    const auto kept = static_cast<std::ptrdiff_t>(*last_comma_) + 1;
    std::vector<Token> moved(tokens_.begin() + kept, tokens_.end());
    const auto stays = [kept](const EmbeddingPlace& place) { return place.position <= kept; };
    const auto leaves = std::find_if_not(embeddings_.begin(), embeddings_.end(), stays);
    std::vector<EmbeddingPlace> moved_embeddings(leaves, embeddings_.end());
    for (EmbeddingPlace& place : moved_embeddings) {
      place.position -= static_cast<int>(kept);
    }
    embeddings_.erase(leaves, embeddings_.end());
    tokens_.resize(static_cast<size_t>(kept));
    if (moved.empty()) {
      close(ChunkEnd::full);
      return;
    }
    close(ChunkEnd::comma);
    result_.moved.push_back({closed(), static_cast<int>(moved.size()), {moved.front().source.begin, moved.back().source.end}});
    tokens_ = std::move(moved);
    embeddings_ = std::move(moved_embeddings);
  }

  void cut(int tokens, ByteRange source) {
    if (result_.cut_tokens == 0) {
      result_.cut_source.begin = source.begin;
      result_.chunks.back().end = ChunkEnd::cut;
    }
    result_.cut_tokens += tokens;
    result_.cut_source.end = source.end;
  }

  ChunkOptions options_;
  ChunkedPrompt result_;
  std::vector<Token> tokens_;
  std::vector<EmbeddingPlace> embeddings_;
  std::optional<int> last_comma_;  ///< index in tokens_
};

}  // namespace

EmbeddingNames::EmbeddingNames(const ClipTokenizer& tokenizer, std::vector<EmbeddingName> names) : names_(std::move(names)) {
  for (size_t index = 0; index < names_.size(); ++index) {
    const EmbeddingName& item = names_[index];
    if (item.vectors < 1 || item.vectors > kRoom) {
      fail(ErrorCode::bad_input, "Embedding \"{}\" has {} vectors; a prompt has room for 1 to {}.", item.name, item.vectors, kRoom);
    }
    std::vector<int32_t> ids = tokenizer.encode(item.name);
    if (ids.empty()) {
      fail(ErrorCode::bad_input, "Embedding \"{}\" has a name that no prompt can contain.", item.name);
    }
    std::vector<Entry>& entries = by_first_id_[ids.front()];
    const auto shorter = [&](const Entry& entry) { return entry.ids.size() < ids.size(); };
    entries.insert(std::find_if(entries.begin(), entries.end(), shorter), Entry{ids, static_cast<int>(index)});
  }
}

std::optional<EmbeddingNames::Match> EmbeddingNames::match(std::span<const TokenSpan> tokens, size_t at) const {
  const auto found = by_first_id_.find(tokens[at].id);
  if (found == by_first_id_.end()) {
    return std::nullopt;
  }
  for (const Entry& entry : found->second) {
    const auto same = [](int32_t id, const TokenSpan& token) { return id == token.id; };
    if (tokens.size() - at >= entry.ids.size() &&
        std::equal(entry.ids.begin(), entry.ids.end(), tokens.begin() + static_cast<std::ptrdiff_t>(at), same)) {
      return Match{entry.index, names_[static_cast<size_t>(entry.index)].vectors, entry.ids.size()};
    }
  }
  return std::nullopt;
}

int ChunkedPrompt::room() const { return token_room(tokens); }

int token_room(int tokens) { return (std::max(tokens, 1) + kRoom - 1) / kRoom * kRoom; }

PromptChunk empty_chunk() {
  PromptChunk chunk;
  chunk.ids.fill(ClipTokenizer::kEnd);
  chunk.ids[0] = ClipTokenizer::kStart;
  chunk.weights.fill(1.0F);
  return chunk;
}

ChunkedPrompt chunk_prompt(std::span<const WeightedText> items, const ClipTokenizer& tokenizer, const EmbeddingNames& embeddings,
                           const ChunkOptions& options) {
  Layout layout(options);
  for (const WeightedText& item : items) {
    if (item.ends_chunk()) {
      layout.close(ChunkEnd::break_word);
      continue;
    }
    const std::vector<TokenSpan> tokens = tokenizer.encode_with_spans(item.text.text());
    const auto weight = static_cast<float>(item.weight);
    for (size_t i = 0; i < tokens.size();) {
      const auto match = embeddings.match(tokens, i);
      const size_t behind = i + (match ? match->tokens : 1);
      const ByteRange source = item.text.source_range(tokens[i].begin, tokens[behind - 1].end);
      if (match) {
        layout.add_embedding(match->index, match->vectors, weight, source);
      } else {
        layout.add(tokens[i], weight, source);
      }
      i = behind;
    }
  }
  return layout.finish();
}

ChunkedPrompt count_prompt(std::string_view prompt, PromptSyntax syntax, PromptSide side, int steps, const ClipTokenizer& tokenizer,
                           const EmbeddingNames& embeddings, const ChunkOptions& options) {
  std::optional<ChunkedPrompt> longest;
  std::unordered_set<std::string_view> seen;
  const PromptSchedule schedule = schedule_prompt(prompt, syntax, side, {steps, std::nullopt});
  for (const PromptPart& part : schedule.parts) {
    for (const ScheduledText& scheduled : part.schedule) {
      if (!seen.insert(scheduled.text.text()).second) {
        continue;
      }
      ChunkedPrompt chunked = chunk_prompt(parse_weights(scheduled.text, syntax), tokenizer, embeddings, options);
      if (!longest || chunked.tokens + chunked.cut_tokens > longest->tokens + longest->cut_tokens) {
        longest = std::move(chunked);
      }
    }
  }
  return std::move(*longest);
}

}  // namespace darkroom
