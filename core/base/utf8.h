// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace darkroom {

/// The text with every byte that is no UTF-8 replaced by U+FFFD.
std::string valid_utf8(const std::string& text);

/// Unicode characters of a UTF-8 text: bytes that do not continue one.
int64_t count_characters(std::string_view text);

/// Whether every character is one of ASCII's.
bool is_ascii(std::string_view text);

/// The part of the text without white space (ASCII) at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace darkroom
