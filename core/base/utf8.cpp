// SPDX-License-Identifier: Apache-2.0
#include "core/base/utf8.h"

#include <algorithm>
#include <cstring>

#include "core/base/json.h"

namespace darkroom {
namespace {

uint64_t eight_bytes(const char* at) {
  uint64_t eight = 0;
  std::memcpy(&eight, at, sizeof eight);
  return eight;
}

}  // namespace

std::string valid_utf8(const std::string& text) {
  const std::string dumped = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  return Json::parse(dumped).get<std::string>();
}

int64_t count_characters(std::string_view text) {
  constexpr uint64_t ones = 0x0101010101010101U;
  constexpr size_t most_words = 255;  // so that a byte of the sum does not run over
  size_t size = 0;
  int64_t continued = 0;  // bytes 10xxxxxx
  while (text.size() >= sizeof(uint64_t)) {
    const size_t words = std::min(text.size() / sizeof(uint64_t), most_words);
    uint64_t sum = 0;
    for (size_t word = 0; word < words; ++word) {
      const uint64_t eight = eight_bytes(text.data() + word * sizeof(uint64_t));
      sum += (eight >> 7U) & ~(eight >> 6U) & ones;
    }
    continued += static_cast<int64_t>(((sum & 0x00FF00FF00FF00FFU) + ((sum >> 8U) & 0x00FF00FF00FF00FFU)) * 0x0001000100010001U >> 48U);
    size += words * sizeof(uint64_t);
    text.remove_prefix(words * sizeof(uint64_t));
  }
  if (text.empty()) {
    return static_cast<int64_t>(size) - continued;
  }
  uint64_t rest = 0;  // the last bytes, and zeros
  if (size > 0) {
    rest = eight_bytes(text.data() + text.size() - sizeof(uint64_t)) >> (8 * (sizeof(uint64_t) - text.size()));
  } else {
    std::memcpy(&rest, text.data(), text.size());
  }
  continued += static_cast<int64_t>((((rest >> 7U) & ~(rest >> 6U) & ones) * ones) >> 56U);
  return static_cast<int64_t>(size + text.size()) - continued;
}

bool is_ascii(std::string_view text) {
  constexpr uint64_t high_bits = 0x8080808080808080U;
  if (text.size() < sizeof(uint64_t)) {
    return std::none_of(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0x80U) != 0; });
  }
  const char* at = text.data();
  const char* const last = at + text.size() - sizeof(uint64_t);  // the last eight bytes overlap those before
  uint64_t seen = eight_bytes(last);
  for (; at + 3 * sizeof(uint64_t) < last; at += 4 * sizeof(uint64_t)) {
    seen |= eight_bytes(at) | eight_bytes(at + 8) | eight_bytes(at + 16) | eight_bytes(at + 24);
  }
  for (; at < last; at += sizeof(uint64_t)) {
    seen |= eight_bytes(at);
  }
  return (seen & high_bits) == 0;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n\f\v";
  const size_t begin = text.find_first_not_of(white);
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin, text.find_last_not_of(white) - begin + 1);
}

}  // namespace darkroom
