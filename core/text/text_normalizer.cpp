// SPDX-License-Identifier: Apache-2.0
// Canonical decomposition, ordering and composition as in Unicode Standard Annex 15; Hangul by the arithmetic of the Unicode
// Standard, 3.12. A whole text is normalised when any of its characters could change; most captions have none and skip that.
#include "core/text/text_normalizer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/text/characters.h"
#include "core/text/unicode_tables.h"

namespace darkroom {
namespace {

constexpr char32_t kHangulBase = 0xAC00, kLeadBase = 0x1100, kVowelBase = 0x1161, kTailBase = 0x11A7;
constexpr char32_t kLeadCount = 19, kVowelCount = 21, kTailCount = 28, kHangulCount = kLeadCount * kVowelCount * kTailCount;

/// The tables of unicode_tables.h, laid out for look-up.
class Properties {
 public:
  enum Flag : uint8_t { kind_mask = 7, lower = 8, normal_form = 16, combining = 32 };

  Properties() {
    // Beyond the last letter there are only characters of kind `other` without a lower case or a normal form of their own.
    char32_t end = unicode::letters().back().last + 1;
    for (const auto& item : unicode::decompositions()) {
      end = std::max<char32_t>(end, item.code_point + 1);
    }
    flags_.assign(end, 0);
    for (const auto& [ranges, kind] : {std::pair{unicode::letters(), CharKind::letter}, std::pair{unicode::numbers(), CharKind::number},
                                       std::pair{unicode::spaces(), CharKind::space}}) {
      for (const auto& range : ranges) {
        std::fill(flags_.begin() + range.first, flags_.begin() + range.last + 1, static_cast<uint8_t>(kind));
      }
    }
    for (const auto& run : unicode::lower_case_runs()) {
      for (char32_t c = run.first; c <= run.last; c += run.step) {
        flags_[c] |= lower;
      }
    }
    flags_[0x130] |= lower;
    for (const auto& run : unicode::combining_runs()) {
      for (char32_t c = run.first; c <= run.last; ++c) {
        flags_[c] |= combining | normal_form;
      }
    }
    for (const auto& item : unicode::decompositions()) {
      if (item.composes) {
        flags_[item.second] |= normal_form;
        pairs_.emplace_back(pair_key(item.first, item.second), item.code_point);
      } else {
        flags_[item.code_point] |= normal_form;
      }
    }
    std::sort(pairs_.begin(), pairs_.end());
    for (char32_t c = kVowelBase; c < kVowelBase + kVowelCount; ++c) {
      flags_[c] |= normal_form;
    }
    for (char32_t c = kTailBase + 1; c < kTailBase + kTailCount; ++c) {
      flags_[c] |= normal_form;
    }
  }

  uint8_t flags(char32_t c) const { return c < flags_.size() ? flags_[c] : 0; }

  uint8_t combining_class(char32_t c) const {
    if (!(flags(c) & combining)) {
      return 0;
    }
    const auto runs = unicode::combining_runs();
    return std::upper_bound(runs.begin(), runs.end(), c, [](char32_t value, const auto& run) { return value < run.first; })[-1].value;
  }

  char32_t lower_case(char32_t c) const {
    const auto runs = unicode::lower_case_runs();
    auto run = std::upper_bound(runs.begin(), runs.end(), c, [](char32_t value, const auto& item) { return value < item.first; });
    // Runs of step 2 may enclose others: the nearest one that holds c counts.
    while (run != runs.begin()) {
      --run;
      if (c <= run->last && (c - run->first) % run->step == 0) {
        return c + run->delta;
      }
    }
    return c;
  }

  const unicode::Decomposition* decomposition(char32_t c) const {
    const auto table = unicode::decompositions();
    const auto item =
        std::lower_bound(table.begin(), table.end(), c, [](const auto& entry, char32_t value) { return entry.code_point < value; });
    return item != table.end() && item->code_point == c ? &*item : nullptr;
  }

  /// The character that NFC makes of two; 0 for none.
  char32_t composition(char32_t first, char32_t second) const {
    if (first >= kLeadBase && first < kLeadBase + kLeadCount && second >= kVowelBase && second < kVowelBase + kVowelCount) {
      return kHangulBase + ((first - kLeadBase) * kVowelCount + (second - kVowelBase)) * kTailCount;
    }
    if (first >= kHangulBase && first < kHangulBase + kHangulCount && (first - kHangulBase) % kTailCount == 0 && second > kTailBase &&
        second < kTailBase + kTailCount) {
      return first + (second - kTailBase);
    }
    const uint64_t key = pair_key(first, second);
    const auto item = std::lower_bound(pairs_.begin(), pairs_.end(), std::pair{key, char32_t{0}});
    return item != pairs_.end() && item->first == key ? item->second : 0;
  }

 private:
  static uint64_t pair_key(char32_t first, char32_t second) { return uint64_t{first} << 32 | second; }

  std::vector<uint8_t> flags_;
  std::vector<std::pair<uint64_t, char32_t>> pairs_;
};

const Properties& properties() {
  static const Properties instance;
  return instance;
}

struct Character {
  char32_t code_point;
  uint8_t combining_class;
  size_t source;
};

void append_decomposed(char32_t c, size_t source, const Properties& table, std::vector<Character>& out) {
  if (c >= kHangulBase && c < kHangulBase + kHangulCount) {
    const char32_t index = c - kHangulBase;
    out.push_back({kLeadBase + index / (kVowelCount * kTailCount), 0, source});
    out.push_back({kVowelBase + index / kTailCount % kVowelCount, 0, source});
    if (index % kTailCount != 0) {
      out.push_back({kTailBase + index % kTailCount, 0, source});
    }
    return;
  }
  const unicode::Decomposition* item = table.decomposition(c);
  if (item == nullptr) {
    out.push_back({c, table.combining_class(c), source});
    return;
  }
  append_decomposed(item->first, source, table, out);
  if (item->second != 0) {
    append_decomposed(item->second, source, table, out);
  }
}

/// Puts each run of marks in the order of their combining classes, and lets it begin in the source where its base character does.
void order_marks(std::vector<Character>& text) {
  const auto by_class = [](const Character& a, const Character& b) { return a.combining_class < b.combining_class; };
  for (size_t i = 0; i < text.size();) {
    if (text[i].combining_class == 0) {
      ++i;
      continue;
    }
    size_t end = i;
    const size_t source = text[i == 0 ? 0 : i - 1].source;
    for (; end < text.size() && text[end].combining_class != 0; ++end) {
      text[end].source = source;
    }
    const auto first = text.begin() + static_cast<std::ptrdiff_t>(i), last = text.begin() + static_cast<std::ptrdiff_t>(end);
    if (!std::is_sorted(first, last, by_class)) {
      std::stable_sort(first, last, by_class);
    }
    i = end;
  }
}

/// Joins each starter with the marks behind it that are not blocked, in place.
void compose(std::vector<Character>& text, const Properties& table) {
  size_t size = 0;
  std::ptrdiff_t starter = -1;
  int blocking_class = -1;  // class of the last character kept behind the starter; -1: none
  for (const Character& next : text) {
    if (starter >= 0 && blocking_class < static_cast<int>(next.combining_class)) {
      if (const char32_t joined = table.composition(text[static_cast<size_t>(starter)].code_point, next.code_point)) {
        text[static_cast<size_t>(starter)].code_point = joined;
        continue;
      }
    }
    if (next.combining_class == 0) {
      starter = static_cast<std::ptrdiff_t>(size);
      blocking_class = -1;
    } else {
      blocking_class = next.combining_class;
    }
    text[size++] = next;
  }
  text.resize(size);
}

void append_utf8(char32_t c, CharKind kind, size_t source, NormalizedText& out) {
  const size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  char encoded[4] = {static_cast<char>(c)};
  for (size_t k = length - 1; length > 1 && k > 0; --k) {
    encoded[k] = static_cast<char>(0x80 | (c & 0x3F));
    c >>= 6;
  }
  if (length > 1) {
    encoded[0] = static_cast<char>((0xF00 >> length & 0xFF) | c);
  }
  for (size_t k = 0; k < length; ++k) {
    out.bytes.push_back(encoded[k]);
    out.kind.push_back(kind == CharKind::number && k > 0 ? CharKind::number_tail : kind);
    out.source.push_back(source);
  }
}

void normalize_unicode(std::string_view text, NormalizedText& out) {
  const Properties& table = properties();
  thread_local std::vector<Character> decoded, characters;
  decoded.clear();
  bool stable = true;
  for (size_t i = 0; i < text.size();) {
    const size_t source = i;
    const char32_t c = decode_utf8(text, i);
    stable = stable && !(table.flags(c) & Properties::normal_form);
    decoded.push_back({c, 0, source});
  }
  if (!stable) {
    characters.clear();
    for (const Character& character : decoded) {
      append_decomposed(character.code_point, character.source, table, characters);
    }
    order_marks(characters);
    compose(characters, table);
    decoded.swap(characters);
  }
  out.bytes.clear();
  out.kind.clear();
  out.source.clear();
  for (const Character& character : decoded) {
    char32_t c = character.code_point;
    if (c == 0x130) {
      append_utf8('i', CharKind::letter, character.source, out);
      append_utf8(0x307, CharKind::other, character.source, out);
      continue;
    }
    if (table.flags(c) & Properties::lower) {
      c = table.lower_case(c);
    }
    append_utf8(c, static_cast<CharKind>(table.flags(c) & Properties::kind_mask), character.source, out);
  }
  out.size = out.bytes.size();
  out.bytes.resize(out.size + kReadPadding);
}

constexpr uint64_t kEachByte = 0x0101010101010101, kHighBits = 0x80 * kEachByte;

/// Eight ASCII bytes in lower case; other bytes stay.
uint64_t lower_eight(uint64_t eight) {
  const uint64_t low_bits = eight & ~kHighBits;
  const uint64_t from_a = low_bits + (0x80 - 'A') * kEachByte;    // high bit: not below 'A'
  const uint64_t beyond_z = low_bits + (0x7F - 'Z') * kEachByte;  // high bit: above 'Z'
  const uint64_t upper_case = from_a & ~beyond_z & ~eight & kHighBits;
  return eight | upper_case >> 2;
}

}  // namespace

size_t NormalizedText::source_end(size_t i, size_t source_bytes) const {
  const size_t begin = source_begin(i, source_bytes);
  while (i < size && source_begin(i, source_bytes) == begin) {
    ++i;
  }
  return source_begin(i, source_bytes);
}

void normalize_text(std::string_view text, NormalizedText& out) {
  if (out.bytes.size() < text.size() + kReadPadding) {
    out.bytes.resize(text.size() + kReadPadding);
  }
  uint64_t seen = 0;
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t eight;
    std::memcpy(&eight, text.data() + i, 8);
    seen |= eight;
    eight = lower_eight(eight);
    std::memcpy(out.bytes.data() + i, &eight, 8);
  }
  if (i < text.size()) {
    uint64_t rest = 0;
    std::memcpy(&rest, text.data() + i, text.size() - i);
    seen |= rest;
    rest = lower_eight(rest);
    std::memcpy(out.bytes.data() + i, &rest, 8);
  }
  out.size = text.size();
  out.ascii = (seen & kHighBits) == 0;
  if (!out.ascii) {
    normalize_unicode(text, out);
  }
}

}  // namespace darkroom
