// SPDX-License-Identifier: Apache-2.0
// The pattern is matched by hand: std::regex knows no Unicode classes and recurses once a character. No backtracking is needed, because
//  - the character after a key must be ":", which no key holds: a run of key characters that ends elsewhere holds no match at all, and one
//    that ends at ":" matches from its first word character on;
//  - a quoted value ends at the first quote without a backslash, and what does not fit falls to [^,]*, which always matches.
// source  AUTOMATIC1111 stable-diffusion-webui, modules/infotext_utils.py: the pattern and the order of the steps
#include "core/recipe/a1111_text.h"

#include <algorithm>

#include "core/base/json.h"
#include "core/image/text_encoding.h"
#include "core/text/characters.h"

namespace darkroom {
namespace {

constexpr std::string_view negative_prefix = "Negative prompt:";
constexpr size_t least_pairs = 3;
constexpr int least_key_characters = 2;

// [\w \-/]
bool is_key_character(std::string_view line, size_t at) {
  return line[at] == ' ' || line[at] == '-' || line[at] == '/' || word_character_at(line, at);
}

std::string_view strip(std::string_view text) {
  text.remove_prefix(skip_spaces(text, 0));
  while (const size_t space = space_before(text, text.size())) {
    text.remove_suffix(space);
  }
  return text;
}

// Where a quoted value that begins at `at` ends (behind its closing quote), when the pattern takes it as one.
std::optional<size_t> end_of_quoted(std::string_view line, size_t at) {
  size_t end = at + 1;
  while (end < line.size() && line[end] != '"') {
    end += line[end] == '\\' ? 2 : 1;
  }
  if (end >= line.size() || end == at + 1) {
    return std::nullopt;
  }
  return end + 1 == line.size() || line[end + 1] == ',' ? std::optional(end + 1) : std::nullopt;
}

struct Pair {
  std::string_view key;
  std::string_view value;
};

std::vector<Pair> find_pairs(std::string_view line) {
  std::vector<Pair> pairs;
  size_t at = 0;
  while (at < line.size()) {
    if (!word_character_at(line, at)) {
      decode_utf8(line, at);
      continue;
    }
    size_t colon = at;
    int characters = 0;
    while (colon < line.size() && is_key_character(line, colon)) {
      decode_utf8(line, colon);
      ++characters;
    }
    if (colon == line.size() || line[colon] != ':' || characters < least_key_characters) {
      at = colon;
      continue;
    }
    const size_t from = skip_spaces(line, colon + 1);
    size_t to = std::min(line.find(',', from), line.size());
    if (from < line.size() && line[from] == '"') {
      to = end_of_quoted(line, from).value_or(to);
    }
    pairs.push_back({line.substr(at, colon - at), line.substr(from, to - from)});
    at = to + 1;
  }
  return pairs;
}

std::string unquoted(std::string_view value) {
  if (value.front() == '"' && value.back() == '"') {
    const Json parsed = Json::parse(value, nullptr, false);
    return parsed.is_string() ? parsed.get<std::string>() : std::string(value);
  }
  return std::string(value);
}

void append_line(std::string& text, std::string_view line) {
  if (!text.empty()) {
    text += '\n';
  }
  text += line;
}

}  // namespace

std::optional<std::string> A1111Parameters::setting(std::string_view key) const {
  const auto found = std::find_if(settings.begin(), settings.end(), [&](const auto& setting) { return setting.first == key; });
  return found == settings.end() ? std::nullopt : std::optional(found->second);
}

A1111Parameters parse_a1111_parameters(std::string_view text) {
  const std::string utf8 = utf8_or_latin1(text);
  const std::string_view whole = strip(utf8);
  A1111Parameters result;
  const size_t last_break = whole.rfind('\n');
  const std::vector<Pair> pairs = find_pairs(last_break == std::string_view::npos ? whole : whole.substr(last_break + 1));
  const bool has_settings = pairs.size() >= least_pairs;
  bool more = !has_settings || last_break != std::string_view::npos;
  std::string_view prompts = has_settings && more ? whole.substr(0, last_break) : whole;
  bool negative = false;
  while (more) {
    const size_t end = prompts.find('\n');
    std::string_view line = strip(prompts.substr(0, end));
    more = end != std::string_view::npos;
    prompts.remove_prefix(more ? end + 1 : prompts.size());
    if (line.starts_with(negative_prefix)) {
      negative = true;
      line = strip(line.substr(negative_prefix.size()));
    }
    append_line(negative ? result.negative : result.prompt, line);
  }
  for (const Pair& pair : pairs) {
    if (!has_settings || pair.value.empty()) {
      continue;
    }
    const auto known =
        std::find_if(result.settings.begin(), result.settings.end(), [&](const auto& other) { return other.first == pair.key; });
    if (known != result.settings.end()) {
      known->second = unquoted(pair.value);
    } else {
      result.settings.emplace_back(std::string(pair.key), unquoted(pair.value));
    }
  }
  return result;
}

}  // namespace darkroom
