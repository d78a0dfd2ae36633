// SPDX-License-Identifier: Apache-2.0
// The classes are those of the tokenizer's tables. Python counts four control characters (FS, GS, RS, US) as white space besides.
#include "core/text/characters.h"

#include <algorithm>
#include <span>

#include "core/text/text_normalizer.h"
#include "core/text/unicode_tables.h"

namespace darkroom {
namespace {

bool in_ranges(std::span<const unicode::CodePointRange> ranges, char32_t c) {
  const auto behind =
      std::upper_bound(ranges.begin(), ranges.end(), c, [](char32_t value, const auto& range) { return value < range.first; });
  return behind != ranges.begin() && c <= behind[-1].last;
}

bool is_word(char32_t c) {
  if (c < 0x80) {
    return c == '_' || kAsciiKind[c] == CharKind::letter || kAsciiKind[c] == CharKind::number;
  }
  return in_ranges(unicode::letters(), c) || in_ranges(unicode::numbers(), c);
}

bool is_space(char32_t c) {
  if (c < 0x80) {
    return kAsciiKind[c] == CharKind::space || (c >= 0x1C && c <= 0x1F);
  }
  return in_ranges(unicode::spaces(), c);
}

/// Where the character that ends at `i` begins. i > 0.
size_t begin_of_character_before(std::string_view text, size_t i) {
  const size_t lowest = i >= 4 ? i - 4 : 0;
  size_t begin = i - 1;
  while (begin > lowest && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) {
    --begin;
  }
  size_t end = begin;
  decode_utf8(text, end);
  return end == i ? begin : i - 1;  // not UTF-8: a byte for itself
}

}  // namespace

bool word_character_at(std::string_view text, size_t i) { return i < text.size() && is_word(decode_utf8(text, i)); }

bool word_character_before(std::string_view text, size_t i) { return i > 0 && word_character_at(text, begin_of_character_before(text, i)); }

size_t space_at(std::string_view text, size_t i) {
  const size_t begin = i;
  return i < text.size() && is_space(decode_utf8(text, i)) ? i - begin : 0;
}

size_t space_before(std::string_view text, size_t i) { return i > 0 ? space_at(text, begin_of_character_before(text, i)) : 0; }

size_t skip_spaces(std::string_view text, size_t i) {
  while (const size_t bytes = space_at(text, i)) {
    i += bytes;
  }
  return i;
}

}  // namespace darkroom
