// SPDX-License-Identifier: Apache-2.0
// How the key maps take names apart and put them together.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/format.h"

namespace darkroom {

/// The same words in two spellings: diffusers, CompVis.
using KeyWords = std::pair<std::string_view, std::string_view>;

/// Takes a name apart from the left: words and numbers between dots.
class NameParser {
 public:
  explicit NameParser(std::string_view name) : rest_(name) {}

  bool take(std::string_view word) {
    if (!rest_.starts_with(word) || rest_.size() <= word.size() || rest_[word.size()] != '.') {
      return false;
    }
    rest_.remove_prefix(word.size() + 1);
    return true;
  }
  std::optional<int64_t> take_number() {
    const size_t dot = rest_.find('.');
    int64_t number = 0;
    const char* end = rest_.data() + (dot == std::string_view::npos ? 0 : dot);
    const auto [at, error] = std::from_chars(rest_.data(), end, number);
    if (dot == std::string_view::npos || error != std::errc() || at != end || number < 0 || (dot > 1 && rest_.front() == '0')) {
      return std::nullopt;
    }
    rest_.remove_prefix(dot + 1);
    return number;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// The rest of a name with its first words replaced; as it is where no pair fits.
template <size_t N>
std::string translated(const std::array<KeyWords, N>& pairs, std::string_view rest, bool to_compvis) {
  for (const auto& [diffusers, compvis] : pairs) {
    const std::string_view from = to_compvis ? diffusers : compvis;
    if (rest.starts_with(from) && rest.size() > from.size() && rest[from.size()] == '.') {
      return format("{}{}", to_compvis ? compvis : diffusers, rest.substr(from.size()));
    }
  }
  return std::string(rest);
}

template <size_t N>
std::optional<std::string> translated_known(const std::array<KeyWords, N>& pairs, std::string_view rest, bool to_compvis) {
  std::string result = translated(pairs, rest, to_compvis);
  return result == rest ? std::nullopt : std::make_optional(std::move(result));
}

inline std::optional<std::string> joined(std::string_view start, const std::optional<std::string>& rest) {
  return rest ? std::make_optional(format("{}{}", start, *rest)) : std::nullopt;
}

}  // namespace darkroom
