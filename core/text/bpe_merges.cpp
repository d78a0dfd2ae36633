// SPDX-License-Identifier: Apache-2.0
// Byte-pair encoding: Sennrich et al. 2016, arXiv:1508.07909; CLIP's vocabulary: Radford et al. 2021, arXiv:2103.00020.
// Most words of a caption are one piece of the vocabulary, and each such piece is what its own merges make of it (a test checks all of
// them): so a word is looked up whole first, and merged only where that finds nothing. No cache: nothing to warm, bound or share between
// threads.
#include "core/text/bpe_merges.h"

#include <xxhash.h>

#include <array>
#include <cstring>
#include <queue>
#include <utility>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr std::string_view kEndOfWord = "</w>";
constexpr size_t kPairSlots = 1 << 17;  // 2.7 for each pair
constexpr size_t kWordSlots = 1 << 16;  // 1.8 for each whole word
constexpr size_t kShortWord = 48;       // above it, a heap beats scanning for the best pair

/// The code point that spells each byte: itself where it is printable, else the next from 256 on; and the bytes in vocabulary order.
struct ByteSpelling {
  std::array<uint16_t, 256> code_point{};
  std::array<uint8_t, 256> in_order{};
  constexpr ByteSpelling() {
    int count = 0;
    for (int byte = 0; byte < 256; ++byte) {
      if (printable(byte)) {
        code_point[byte] = static_cast<uint16_t>(byte);
        in_order[count++] = static_cast<uint8_t>(byte);
      }
    }
    uint16_t next = 256;
    for (int byte = 0; byte < 256; ++byte) {
      if (!printable(byte)) {
        code_point[byte] = next++;
        in_order[count++] = static_cast<uint8_t>(byte);
      }
    }
  }
  static constexpr bool printable(int byte) { return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE; }
};
constexpr ByteSpelling kBytes;

/// Spelling -> id while the merges are read.
class SpellingIndex {
 public:
  explicit SpellingIndex(size_t slots) : slots_(slots), mask_(slots - 1) {}

  template <typename SpellingOf>
  int32_t find(std::string_view spelling, SpellingOf&& spelling_of) const {
    for (size_t i = XXH3_64bits(spelling.data(), spelling.size()) & mask_;; i = (i + 1) & mask_) {
      if (slots_[i] == 0) {
        return -1;
      }
      if (spelling_of(slots_[i] - 1) == spelling) {
        return slots_[i] - 1;
      }
    }
  }

  void add(std::string_view spelling, int32_t id) {
    size_t i = XXH3_64bits(spelling.data(), spelling.size()) & mask_;
    while (slots_[i] != 0) {
      i = (i + 1) & mask_;
    }
    slots_[i] = id + 1;
  }

 private:
  std::vector<int32_t> slots_;
  size_t mask_;
};

size_t pair_slot(uint32_t left_right) { return (left_right * uint64_t{0x9E3779B97F4A7C15}) >> 40 & (kPairSlots - 1); }

size_t word_slot(uint64_t low, uint64_t high, size_t length) {
  uint64_t mixed = (low ^ length) * 0x9E3779B97F4A7C15 ^ high * 0xC2B2AE3D27D4EB4F;
  mixed ^= mixed >> 29;
  return (mixed * 0x165667B19E3779F9) >> 48 & (kWordSlots - 1);
}

/// The first `length` (1..16) bytes as two numbers; reads 16.
std::pair<uint64_t, uint64_t> word_key(const char* word, size_t length) {
  uint64_t low, high;
  std::memcpy(&low, word, 8);
  std::memcpy(&high, word + 8, 8);
  if (length <= 8) {
    return {low & ~uint64_t{0} >> (64 - 8 * length), 0};
  }
  return {low, high & ~uint64_t{0} >> (128 - 8 * length)};
}

}  // namespace

BpeMerges::BpeMerges(std::string_view merges_text, std::string_view where) : pairs_(kPairSlots), words_(kWordSlots) {
  for (int32_t k = 0; k < 256; ++k) {
    byte_id_[kBytes.in_order[k]] = k;
  }
  read_merges(merges_text, where);
  index_words();
}

void BpeMerges::read_merges(std::string_view text, std::string_view where) {
  spellings_.reserve(text.size() + 4096);
  begin_.reserve(kIds + 1);
  begin_.push_back(0);
  text_bytes_.reserve(kIds);
  SpellingIndex index(kPairSlots);
  const auto close_piece = [&](size_t bytes_of_text) {
    const int32_t id = static_cast<int32_t>(begin_.size()) - 1;
    begin_.push_back(static_cast<uint32_t>(spellings_.size()));
    text_bytes_.push_back(static_cast<uint8_t>(bytes_of_text));
    index.add(spelling(id), id);
  };
  for (int32_t id = 0; id < kByteIds; ++id) {
    const uint16_t c = kBytes.code_point[kBytes.in_order[id & 255]];
    if (c < 0x80) {
      spellings_ += static_cast<char>(c);
    } else {
      spellings_ += static_cast<char>(0xC0 | c >> 6);
      spellings_ += static_cast<char>(0x80 | (c & 0x3F));
    }
    spellings_ += id < 256 ? "" : kEndOfWord;
    close_piece(1);
  }

  size_t at = text.find('\n');
  at = at == std::string_view::npos ? text.size() : at + 1;
  for (int32_t rank = 0; rank < kMerges; ++rank) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = at < end ? text.substr(at, end - at) : std::string_view{};
    const size_t space = line.find(' ');
    const auto id_of = [&](std::string_view piece) { return index.find(piece, [this](int32_t id) { return spelling(id); }); };
    const int32_t left = space == std::string_view::npos ? -1 : id_of(line.substr(0, space));
    const int32_t right = left < 0 ? -1 : id_of(line.substr(space + 1));
    if (right < 0) {
      fail(ErrorCode::bad_input, "{}: line {}: expected two known pieces with a space between, {} lines after the header; got \"{}\"",
           where, rank + 2, kMerges, line);
    }
    const size_t bytes_of_text = text_bytes(left) + text_bytes(right);
    if (bytes_of_text > UINT8_MAX) {
      fail(ErrorCode::bad_input, "{}: line {}: expected pieces of at most 255 bytes, got {}", where, rank + 2, bytes_of_text);
    }
    spellings_ += line.substr(0, space);
    spellings_ += line.substr(space + 1);
    close_piece(bytes_of_text);

    const uint32_t key = static_cast<uint32_t>(left) << 16 | static_cast<uint32_t>(right);
    size_t slot = pair_slot(key);
    while (pairs_[slot].merged >= 0) {
      slot = (slot + 1) & (kPairSlots - 1);
    }
    pairs_[slot] = {key, kByteIds + rank};
    at = std::min(end + 1, text.size());
  }
  if (text.find_first_not_of('\n', at) != std::string_view::npos) {
    fail(ErrorCode::bad_input, "{}: expected {} merges after the header line, got more", where, kMerges);
  }
}

void BpeMerges::index_words() {
  std::array<uint8_t, 512> byte_of{};
  for (int byte = 0; byte < 256; ++byte) {
    byte_of[kBytes.code_point[byte]] = static_cast<uint8_t>(byte);
  }
  for (int32_t id = 256; id < kIds; ++id) {
    const std::string_view text = spelling(id);
    const size_t length = text_bytes(id);
    if (length > kLookupBytes || !text.ends_with(kEndOfWord)) {
      continue;
    }
    char bytes[kLookupBytes] = {};
    for (size_t k = 0, i = 0; k < length; ++k) {
      const auto lead = static_cast<unsigned char>(text[i++]);
      const int c = lead < 0x80 ? lead : (lead & 0x1F) << 6 | (static_cast<unsigned char>(text[i++]) & 0x3F);
      bytes[k] = static_cast<char>(byte_of[static_cast<size_t>(c)]);
    }
    const auto [low, high] = word_key(bytes, length);
    size_t slot = word_slot(low, high, length);
    while (words_[slot].length != 0) {
      slot = (slot + 1) & (kWordSlots - 1);
    }
    words_[slot] = {low, high, static_cast<uint32_t>(length), id};
  }
}

int32_t BpeMerges::whole_word(const char* word, size_t length) const {
  const auto [low, high] = word_key(word, length);
  for (size_t slot = word_slot(low, high, length);; slot = (slot + 1) & (kWordSlots - 1)) {
    const Word& entry = words_[slot];
    if (entry.low == low && entry.high == high && entry.length == length) {
      return entry.id;
    }
    if (entry.length == 0) {
      return -1;
    }
  }
}

int32_t BpeMerges::merged(int32_t left, int32_t right) const {
  const uint32_t key = static_cast<uint32_t>(left) << 16 | static_cast<uint32_t>(right);
  for (size_t slot = pair_slot(key);; slot = (slot + 1) & (kPairSlots - 1)) {
    if (pairs_[slot].merged < 0) {
      return INT32_MAX;
    }
    if (pairs_[slot].left_right == key) {
      return pairs_[slot].merged;
    }
  }
}

void BpeMerges::append_merged(const char* word, size_t length, std::vector<int32_t>& out) const {
  if (length > kShortWord) {
    append_merged_long(word, length, out);
    return;
  }
  // ids[i] and what it makes with its right neighbour; an earlier merge has a smaller id, so the best pair is the smallest, the leftmost of
  // equals.
  int32_t ids[kShortWord], made[kShortWord];
  size_t count = length;
  for (size_t i = 0; i < count; ++i) {
    ids[i] = byte_id_[static_cast<unsigned char>(word[i])] + (i + 1 == count ? 256 : 0);
  }
  for (size_t i = 0; i + 1 < count; ++i) {
    made[i] = merged(ids[i], ids[i + 1]);
  }
  while (count > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < count; ++i) {
      best = made[i] < made[best] ? i : best;
    }
    if (made[best] == INT32_MAX) {
      break;
    }
    ids[best] = made[best];
    --count;
    for (size_t i = best + 1; i < count; ++i) {
      ids[i] = ids[i + 1];
      made[i - 1] = made[i];
    }
    if (best > 0) {
      made[best - 1] = merged(ids[best - 1], ids[best]);
    }
    if (best + 1 < count) {
      made[best] = merged(ids[best], ids[best + 1]);
    }
  }
  out.insert(out.end(), ids, ids + count);
}

void BpeMerges::append_merged_long(const char* word, size_t length, std::vector<int32_t>& out) const {
  struct Symbol {
    int32_t id;
    size_t previous, next;  // index; length: none
  };
  struct Candidate {
    int32_t merged, left, right;
    size_t at;
    bool operator<(const Candidate& other) const { return std::pair(merged, at) > std::pair(other.merged, other.at); }  // top: smallest
  };
  std::vector<Symbol> symbols(length);
  std::priority_queue<Candidate> candidates;
  for (size_t i = 0; i < length; ++i) {
    symbols[i] = {byte_id_[static_cast<unsigned char>(word[i])] + (i + 1 == length ? 256 : 0), i == 0 ? length : i - 1, i + 1};
  }
  const auto consider = [&](size_t at) {
    if (at == length || symbols[at].next == length) {
      return;
    }
    const int32_t left = symbols[at].id, right = symbols[symbols[at].next].id;
    if (const int32_t result = merged(left, right); result != INT32_MAX) {
      candidates.push({result, left, right, at});
    }
  };
  for (size_t i = 0; i + 1 < length; ++i) {
    consider(i);
  }
  while (!candidates.empty()) {
    const Candidate best = candidates.top();
    candidates.pop();
    Symbol& left = symbols[best.at];
    if (left.id != best.left || left.next == length || symbols[left.next].id != best.right) {
      continue;  // one of the two has been merged since
    }
    const size_t gone = left.next;
    left.id = best.merged;
    left.next = symbols[gone].next;
    symbols[gone].id = -1;
    if (left.next != length) {
      symbols[left.next].previous = best.at;
    }
    consider(left.previous);
    consider(best.at);
  }
  for (size_t i = 0; i != length; i = symbols[i].next) {
    out.push_back(symbols[i].id);
  }
}

}  // namespace darkroom
