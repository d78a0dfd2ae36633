// SPDX-License-Identifier: Apache-2.0
#include "core/hub/safe_path.h"

#include <algorithm>
#include <unordered_map>

#include "core/base/atomic_file.h"
#include "core/base/format.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr size_t longest_path = 1000;
constexpr size_t longest_part = 240;  // 255 in most file systems, less what marks an unfinished file

std::string folded(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

// Well-formed UTF-8 by the table of RFC 3629; surrogates and over-long forms are not.
bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80                   ? 1
                          : lead >= 0xC2 && lead < 0xE0 ? 2
                          : lead >= 0xE0 && lead < 0xF0 ? 3
                          : lead >= 0xF0 && lead < 0xF5 ? 4
                                                        : 0;
    if (length == 0 || i + length > text.size()) {
      return false;
    }
    for (size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80U) {
        return false;
      }
    }
    if (length > 2) {
      const auto second = static_cast<unsigned char>(text[i + 1]);
      if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
          (lead == 0xF4 && second > 0x8F)) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

std::optional<std::string> unsafe_part(std::string_view part) {
  if (part.empty()) {
    return "has an empty part";
  }
  if (part == "." || part == "..") {
    return format("has the part '{}'", part);
  }
  if (part.size() > longest_part) {
    return format("has a part of {} bytes; at most {} are allowed", part.size(), longest_part);
  }
  if (part.back() == '.' || part.back() == ' ') {
    return "has a part that ends with a dot or a blank";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> unsafe_reason(std::string_view path) {
  if (path.empty()) {
    return "is empty";
  }
  if (path.size() > longest_path) {
    return format("has {} bytes; at most {} are allowed", path.size(), longest_path);
  }
  if (path.front() == '/') {
    return "is absolute";
  }
  if (!is_utf8(path)) {
    return "is not UTF-8";
  }
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      return format("holds the control character {:#04x}", byte);
    }
    if (c == '\\' || c == ':') {
      return format("holds '{}'", c);
    }
  }
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    if (auto reason = unsafe_part(path.substr(at, end - at))) {
      return reason;
    }
    at = end + 1;
  }
  return std::nullopt;
}

std::optional<std::pair<std::string, std::string>> case_collision(const std::vector<std::string>& paths) {
  // Folders too: "A/x" and "a/y" are one folder there, which is harmless, so only whole paths are compared.
  std::unordered_map<std::string, const std::string*> seen;
  for (const std::string& path : paths) {
    const auto [entry, is_new] = seen.emplace(folded(path), &path);
    if (!is_new) {
      return std::pair(*entry->second, path);
    }
  }
  return std::nullopt;
}

bool tells_case(const fs::path& folder) {
  const fs::path probe = folder / ".darkroom_Case";
  write_file_atomically(probe, "");
  const bool is_same = fs::exists(folder / ".darkroom_case");
  fs::remove(probe);
  return !is_same;
}

}  // namespace darkroom
