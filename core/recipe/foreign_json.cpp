// SPDX-License-Identifier: Apache-2.0
#include "core/recipe/importers.h"

namespace darkroom {
namespace {

constexpr size_t deepest_nesting = 200;  // nlohmann's parser recurses in its destructor

// The text with NaN and the infinities as null; nothing when it nests too deep.
std::optional<std::string> with_nulls(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  bool in_string = false;
  size_t depth = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      result += c;
      if (c == '\\' && at + 1 < text.size()) {
        result += text[++at];
      }
      in_string = c != '"';
      continue;
    }
    in_string = c == '"';
    depth += c == '{' || c == '[' ? 1 : 0;
    depth -= (c == '}' || c == ']') && depth > 0 ? 1 : 0;
    if (depth > deepest_nesting) {
      return std::nullopt;
    }
    bool replaced = false;
    for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
      if (text.substr(at, word.size()) == word) {
        result += "null";
        at += word.size() - 1;
        replaced = true;
        break;
      }
    }
    if (!replaced) {
      result += c;
    }
  }
  return result;
}

}  // namespace

std::optional<Json> parse_foreign_json(std::string_view text) {
  const auto clean = with_nulls(text);
  if (!clean) {
    return std::nullopt;
  }
  Json parsed = Json::parse(*clean, nullptr, false);
  return parsed.is_discarded() ? std::nullopt : std::optional(std::move(parsed));
}

}  // namespace darkroom
