// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace darkroom {

/// Code points of a UTF-8 text; nothing when it is not valid (overlong, surrogate, beyond U+10FFFF, cut short).
std::optional<std::vector<char32_t>> decode_utf8(std::string_view text);

/// Appends a code point up to U+10FFFF.
void append_utf8(std::string& text, char32_t point);

/// The text in Latin-1; nothing when it holds a character beyond U+00FF or is not valid UTF-8.
std::optional<std::string> utf8_to_latin1(std::string_view text);

/// Every byte is a character.
std::string latin1_to_utf8(std::string_view bytes);

/// The text itself when it is valid UTF-8, else its bytes as Latin-1.
std::string utf8_or_latin1(std::string_view text);

enum class ByteOrder { big, little };

/// Without a byte order mark; nothing when the text is not valid UTF-8.
std::optional<std::string> utf8_to_utf16(std::string_view text, ByteOrder order);

/// A byte order mark is not kept; half a surrogate pair becomes U+FFFD; an odd last byte is dropped.
std::string utf16_to_utf8(std::string_view bytes, ByteOrder order);

}  // namespace darkroom
