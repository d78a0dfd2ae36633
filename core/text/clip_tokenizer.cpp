// SPDX-License-Identifier: Apache-2.0
// Source of the rules: the published tokenizer configuration of openai/clip-vit-large-patch14 as transformers 4.57 converts it. Its second
// pre-tokeniser (byte level, with GPT-2's pattern) never cuts a word that the first one made, so there is one pattern here.
// Both special tokens are matched after normalisation (their "normalized" flag is set), hence in any case of letters.
#include "core/text/clip_tokenizer.h"

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/resources.h"
#include "core/text/text_normalizer.h"

namespace darkroom {
namespace {

constexpr std::string_view kStartText = "<|startoftext|>";
constexpr std::string_view kEndText = "<|endoftext|>";
constexpr std::string_view kMergesResource = "tokenizer/merges.txt";

/// The buffers of a thread.
struct Scratch {
  NormalizedText text;
  std::vector<int32_t> ids;
};
Scratch& scratch() {
  thread_local Scratch instance;
  return instance;
}

/// Length of the contraction at the beginning of `text`, which begins with an apostrophe; 0 for none.
size_t contraction(std::string_view text) {
  for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
    if (text.starts_with(ending)) {
      return ending.size();
    }
  }
  return 0;
}

/// The special token at the beginning of `text`; an empty one for none.
std::string_view special_token(std::string_view text) {
  return text.starts_with(kEndText) ? kEndText : text.starts_with(kStartText) ? kStartText : std::string_view{};
}

/// Cuts normalised text into words: calls on_word(begin, end, special) in order, until one returns false.
/// kind_of(i) is the CharKind of byte i.
template <typename KindOf, typename OnWord>
void each_word(std::string_view text, const KindOf& kind_of, const OnWord& on_word) {
  const size_t size = text.size();
  size_t i = 0;
  while (i < size) {
    const CharKind kind = kind_of(i);
    size_t end = i + 1;
    bool special = false;
    if (kind == CharKind::space) {
      i = end;
      continue;
    }
    if (kind == CharKind::letter) {
      while (end < size && kind_of(end) == CharKind::letter) {
        ++end;
      }
    } else if (kind == CharKind::number) {
      while (end < size && kind_of(end) == CharKind::number_tail) {
        ++end;
      }
    } else if (const size_t shortened = text[i] == '\'' ? contraction(text.substr(i)) : 0) {
      end = i + shortened;
    } else if (const size_t token = text[i] == '<' ? special_token(text.substr(i)).size() : 0) {
      end = i + token;
      special = true;
    } else {
      while (end < size && kind_of(end) == CharKind::other && !(text[end] == '<' && !special_token(text.substr(end)).empty())) {
        ++end;
      }
    }
    if (!on_word(i, end, special)) {
      return;
    }
    i = end;
  }
}

template <typename OnWord>
void each_word(const NormalizedText& text, const OnWord& on_word) {
  const std::string_view bytes(text.bytes.data(), text.size);
  if (text.ascii) {
    each_word(
        bytes, [&](size_t i) { return kAsciiKind[static_cast<unsigned char>(bytes[i])]; }, on_word);
  } else {
    each_word(
        bytes, [&](size_t i) { return text.kind[i]; }, on_word);
  }
}

int32_t special_id(const NormalizedText& text, size_t begin) {
  return text.bytes[begin + 2] == kStartText[2] ? ClipTokenizer::kStart : ClipTokenizer::kEnd;
}

/// Appends the ids of the text to `out`, by whole words, until there are `enough`.
void append_ids(const BpeMerges& merges, const NormalizedText& text, size_t enough, std::vector<int32_t>& out) {
  each_word(text, [&](size_t begin, size_t end, bool special) {
    if (special) {
      out.push_back(special_id(text, begin));
    } else {
      merges.append_ids(text.bytes.data() + begin, end - begin, out);
    }
    return out.size() < enough;
  });
}

/// Calls on_token(id, begin, end) with places in the normalised text.
template <typename OnToken>
void each_token(const BpeMerges& merges, const NormalizedText& text, std::vector<int32_t>& word_ids, const OnToken& on_token) {
  each_word(text, [&](size_t begin, size_t end, bool special) {
    if (special) {
      on_token(special_id(text, begin), begin, end);
      return true;
    }
    word_ids.clear();
    merges.append_ids(text.bytes.data() + begin, end - begin, word_ids);
    for (const int32_t id : word_ids) {
      on_token(id, begin, begin + merges.text_bytes(id));
      begin += merges.text_bytes(id);
    }
    return true;
  });
}

void fill_chunk(const std::vector<int32_t>& ids, int32_t* ids77, int32_t* mask77) {
  const size_t kept = std::min<size_t>(ids.size(), ClipTokenizer::kTextTokens);
  ids77[0] = ClipTokenizer::kStart;
  std::copy_n(ids.begin(), kept, ids77 + 1);
  std::fill(ids77 + 1 + kept, ids77 + ClipTokenizer::kLength, ClipTokenizer::kEnd);
  if (mask77 != nullptr) {
    std::fill_n(mask77, kept + 2, 1);
    std::fill(mask77 + kept + 2, mask77 + ClipTokenizer::kLength, 0);
  }
}

}  // namespace

const ClipTokenizer& ClipTokenizer::builtin() {
  static const ClipTokenizer instance = [] {
    const auto path = resource_path(kMergesResource);
    return ClipTokenizer(read_file(path), path.string());
  }();
  return instance;
}

std::vector<int32_t> ClipTokenizer::encode(std::string_view text) const {
  NormalizedText& normalized = scratch().text;
  normalize_text(text, normalized);
  std::vector<int32_t> ids;
  append_ids(merges_, normalized, SIZE_MAX, ids);
  return ids;
}

std::vector<TokenSpan> ClipTokenizer::encode_with_spans(std::string_view text) const {
  auto& [normalized, word_ids] = scratch();
  normalize_text(text, normalized);
  std::vector<TokenSpan> spans;
  each_token(merges_, normalized, word_ids, [&, &buffer = normalized](int32_t id, size_t begin, size_t end) {
    spans.push_back({id, buffer.source_begin(begin, text.size()), buffer.source_end(end - 1, text.size())});
  });
  return spans;
}

PromptFit ClipTokenizer::fit(std::string_view text) const {
  auto& [normalized, word_ids] = scratch();
  normalize_text(text, normalized);
  PromptFit fit{0, text.size()};
  each_token(merges_, normalized, word_ids, [&, &buffer = normalized](int32_t, size_t begin, size_t) {
    if (fit.tokens == kTextTokens) {
      fit.fits_bytes = buffer.source_begin(begin, text.size());
    }
    ++fit.tokens;
  });
  return fit;
}

TokenizedText ClipTokenizer::tokenize(std::string_view text) const {
  const PromptFit whole = fit(text);
  TokenizedText result;
  encode_into(text, result.chunks.emplace_back().data(), nullptr);
  result.tokens = whole.tokens;
  result.cut = text.substr(whole.fits_bytes);
  return result;
}

void ClipTokenizer::encode_into(std::string_view text, int32_t* ids77, int32_t* mask77) const {
  auto& [normalized, ids] = scratch();
  normalize_text(text, normalized);
  ids.clear();
  append_ids(merges_, normalized, kTextTokens, ids);
  fill_chunk(ids, ids77, mask77);
}

std::string ClipTokenizer::piece(int32_t id) const {
  if (id < 0 || id >= kVocabulary) {
    throw std::invalid_argument(format("[ClipTokenizer::piece] id must be 0..{}, got {}", kVocabulary - 1, id));
  }
  return std::string(id == kStart ? kStartText : id == kEnd ? kEndText : merges_.spelling(id));
}

}  // namespace darkroom
