// SPDX-License-Identifier: Apache-2.0
// UTF-8 and the classes of characters that rules about text are written in.
#pragma once

#include <cstddef>
#include <string_view>

namespace darkroom {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;

/// Reads one code point at `i` and moves behind it; U+FFFD for what is not UTF-8.
inline char32_t decode_utf8(std::string_view text, size_t& i) {
  const auto byte = [&](size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = byte(i++);
  if (lead < 0x80) {
    return lead;
  }
  int tail = 0;
  unsigned char low = 0x80, high = 0xBF;  // bounds of the second byte: no overlong forms, no surrogates, nothing above U+10FFFF
  char32_t c = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    tail = 1;
    c = lead & 0x1F;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    tail = 2;
    c = lead & 0x0F;
    low = lead == 0xE0 ? 0xA0 : 0x80;
    high = lead == 0xED ? 0x9F : 0xBF;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    tail = 3;
    c = lead & 0x07;
    low = lead == 0xF0 ? 0x90 : 0x80;
    high = lead == 0xF4 ? 0x8F : 0xBF;
  } else {
    return kReplacementCharacter;
  }
  for (; tail > 0; --tail, ++i) {
    if (i >= text.size() || byte(i) < low || byte(i) > high) {
      return kReplacementCharacter;
    }
    c = c << 6 | (byte(i) & 0x3F);
    low = 0x80;
    high = 0xBF;
  }
  return c;
}

/// Whether the character at `i` (ends at `i`) is one of a word: \w of Python's regular expressions, so letters, numbers and _. Between one
/// that is and one that is not lies its \b; outside of the text there is none.
bool word_character_at(std::string_view text, size_t i);
bool word_character_before(std::string_view text, size_t i);

/// Bytes of the white-space character (Python's \s) that begins, or ends, at `i`; 0 where there is none.
size_t space_at(std::string_view text, size_t i);
size_t space_before(std::string_view text, size_t i);

/// Behind the white space that begins at `i`.
size_t skip_spaces(std::string_view text, size_t i);

}  // namespace darkroom
