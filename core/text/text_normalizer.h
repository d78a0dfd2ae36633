// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace darkroom {

/// What the tokenizer's pattern tells apart. The bytes of one character share its kind, but for numbers, which are one word each.
enum class CharKind : uint8_t { other, letter, number, number_tail, space };

/// Bytes that may be read behind the end of NormalizedText::bytes.
inline constexpr size_t kReadPadding = 16;

/// Text in the form that the CLIP vocabulary is about. A buffer to be used again: steady use allocates nothing.
struct NormalizedText {
  size_t size = 0;          ///< bytes of text; `bytes` is longer, by at least kReadPadding
  std::vector<char> bytes;  ///< lower case, NFC, UTF-8
  bool ascii = true;        ///< then byte i stands for byte i of the source, kinds are kAsciiKind's, and `kind` and `source` are not filled
  std::vector<CharKind> kind;  ///< [size] of the character that byte i belongs to
  std::vector<size_t>
      source;  ///< [size] byte offset in the source of the character (with the marks on it) that byte i belongs to; ascending

  /// Offset in the source (of `source_bytes` bytes) at which the character of byte `i` begins; i == size: the end.
  size_t source_begin(size_t i, size_t source_bytes) const { return i >= size ? source_bytes : ascii ? i : source[i]; }
  /// Offset in the source behind the character of byte `i`.
  size_t source_end(size_t i, size_t source_bytes) const;
};

/// Kind of the ASCII characters.
inline constexpr std::array<CharKind, 128> kAsciiKind = [] {
  std::array<CharKind, 128> kind{};
  for (int c = 0; c < 128; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    kind[c] = letter ? CharKind::letter : c >= '0' && c <= '9' ? CharKind::number : space ? CharKind::space : CharKind::other;
  }
  return kind;
}();

/// NFC, then lower case character by character (no final sigma, no language), as the reference's normaliser does it.
///
/// White space is left as it is (the reference folds it, which no id shows). Bytes that are not UTF-8 count as U+FFFD, one for each longest
/// beginning of a sequence that could have become valid (as WHATWG decoders and Python's errors="replace" do).
void normalize_text(std::string_view text, NormalizedText& out);

}  // namespace darkroom
