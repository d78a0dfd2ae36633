// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace darkroom {

/// The byte-pair merges of CLIP and the vocabulary that follows from them. Immutable after construction, so thread-safe.
///
/// ids   0..255 a byte (in the order of vocab.json) · 256..511 a byte at the end of a word · 512 + k the result of merge k
class BpeMerges {
 public:
  static constexpr int kByteIds = 512;
  static constexpr int kMerges = 48894;
  static constexpr int kIds = kByteIds + kMerges;

  /// `merges_text`: a header line, then kMerges lines "left right" in the spelling of vocab.json; `where` names it in errors.
  /// throws  Error{bad_input} naming the line that is not a pair of known pieces, or the count that is not kMerges
  BpeMerges(std::string_view merges_text, std::string_view where);

  /// Appends the ids of one word: the piece of text between two cuts of the tokenizer's pattern. O(n log n) in its bytes.
  ///
  /// word  1 byte or more, normalised; kReadPadding bytes behind it may be read
  void append_ids(const char* word, size_t length, std::vector<int32_t>& out) const {
    if (length <= kLookupBytes) {
      if (const int32_t id = whole_word(word, length); id >= 0) {
        out.push_back(id);
        return;
      }
    }
    append_merged(word, length, out);
  }

  /// The id whose text is exactly this word, or -1. length 1..kLookupBytes.
  int32_t whole_word(const char* word, size_t length) const;

  /// Spelling in vocab.json, one printable character a byte, "</w>" at the end of a word. 0 <= id < kIds.
  std::string_view spelling(int32_t id) const { return std::string_view(spellings_).substr(begin_[id], begin_[id + 1] - begin_[id]); }

  /// Bytes of text that the id stands for.
  size_t text_bytes(int32_t id) const { return text_bytes_[id]; }

  /// Words of up to so many bytes are looked up whole.
  static constexpr size_t kLookupBytes = 16;

 private:
  struct Pair {
    uint32_t left_right = 0;
    int32_t merged = -1;
  };
  struct Word {
    uint64_t low = 0, high = 0;  ///< the bytes, zeros behind them
    uint32_t length = 0;         ///< 0: a free slot
    int32_t id = -1;
  };

  void read_merges(std::string_view text, std::string_view where);
  void index_words();
  int32_t merged(int32_t left, int32_t right) const;
  void append_merged(const char* word, size_t length, std::vector<int32_t>& out) const;
  void append_merged_long(const char* word, size_t length, std::vector<int32_t>& out) const;

  std::vector<Pair> pairs_;  ///< open addressing
  std::vector<Word> words_;  ///< open addressing
  std::string spellings_;    ///< of all ids, one behind the other
  std::vector<uint32_t> begin_;
  std::vector<uint8_t> text_bytes_;
  int32_t byte_id_[256];
};

}  // namespace darkroom
