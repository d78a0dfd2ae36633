// SPDX-License-Identifier: Apache-2.0
// Not a YAML parser: the three fields are plain words or a list of them in every card, and a card that writes them otherwise has none for
// us.
#include "core/hub/model_card.h"

#include <algorithm>
#include <fstream>
#include <vector>

#include "core/base/utf8.h"

namespace darkroom {
namespace {

constexpr size_t most_bytes = size_t{256} << 10;

// A plain or quoted word, without a comment after it.
std::string scalar(std::string_view text) {
  text = trimmed(text);
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'')) {
    const size_t end = text.find(text.front(), 1);
    return end == std::string_view::npos ? std::string() : std::string(text.substr(1, end - 1));
  }
  return std::string(trimmed(text.substr(0, text.find(" #"))));
}

void add(std::string& list, const std::string& word) {
  if (!word.empty()) {
    list += (list.empty() ? "" : ", ") + word;
  }
}

// "[a, b]"
std::string flow_list(std::string_view text) {
  std::string words;
  text = text.substr(1, text.find(']') == std::string_view::npos ? text.size() : text.find(']') - 1);
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    add(words, scalar(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// The lines between the first line, "---", and the next "---"; none when there is no such block.
std::vector<std::string_view> front_matter(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  std::vector<std::string_view> lines;
  bool is_first = true;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (is_first && line != "---") {
      return {};
    }
    if (!is_first && line == "---") {
      return lines;
    }
    if (!is_first) {
      lines.push_back(line);
    }
    is_first = false;
  }
  return {};
}

std::string field(const std::vector<std::string_view>& lines, std::string_view key) {
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].starts_with(key) || lines[i].size() <= key.size() || lines[i][key.size()] != ':') {
      continue;
    }
    const std::string_view value = trimmed(lines[i].substr(key.size() + 1));
    if (!value.empty()) {
      return value.front() == '[' ? flow_list(value) : scalar(value);
    }
    std::string words;
    while (++i < lines.size() && trimmed(lines[i]).starts_with("- ")) {
      add(words, scalar(trimmed(lines[i]).substr(2)));
    }
    return words;
  }
  return {};
}

}  // namespace

std::string CardLicense::text() const {
  std::string text = id;
  if (!name.empty()) {
    text += (text.empty() ? "" : ": ") + name;
  }
  if (!link.empty()) {
    text += (text.empty() ? "" : " ") + ("(" + link + ")");
  }
  return text;
}

CardLicense card_license(std::string_view readme) {
  const std::vector<std::string_view> lines = front_matter(readme);
  return {field(lines, "license"), field(lines, "license_name"), field(lines, "license_link")};
}

CardLicense card_license_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(most_bytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  return card_license(text);
}

}  // namespace darkroom
