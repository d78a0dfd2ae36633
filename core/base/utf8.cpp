// SPDX-License-Identifier: Apache-2.0
#include "core/base/utf8.h"

#include <algorithm>
#include <cstring>

#include "core/base/json.h"

namespace darkroom {

std::string valid_utf8(const std::string& text) {
  const std::string dumped = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  return Json::parse(dumped).get<std::string>();
}

int64_t count_characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0U) != 0x80U; });
}

bool is_ascii(std::string_view text) {
  constexpr uint64_t high_bits = 0x8080808080808080U;
  const auto eight_at = [](const char* at) {
    uint64_t eight = 0;
    std::memcpy(&eight, at, sizeof eight);
    return eight;
  };
  if (text.size() < sizeof(uint64_t)) {
    return std::none_of(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0x80U) != 0; });
  }
  const char* at = text.data();
  const char* const last = at + text.size() - sizeof(uint64_t);  // the last eight bytes overlap those before
  uint64_t seen = eight_at(last);
  for (; at + 3 * sizeof(uint64_t) < last; at += 4 * sizeof(uint64_t)) {
    seen |= eight_at(at) | eight_at(at + 8) | eight_at(at + 16) | eight_at(at + 24);
  }
  for (; at < last; at += sizeof(uint64_t)) {
    seen |= eight_at(at);
  }
  return (seen & high_bits) == 0;
}

std::string trimmed(const std::string& text) {
  constexpr std::string_view white = " \t\r\n\f\v";
  const size_t begin = text.find_first_not_of(white);
  return begin == std::string::npos ? std::string() : text.substr(begin, text.find_last_not_of(white) - begin + 1);
}

}  // namespace darkroom
