// SPDX-License-Identifier: Apache-2.0
#include "core/download/robots_tag.h"

#include <algorithm>

#include "core/base/utf8.h"
#include "core/hub/lower_case.h"

namespace darkroom {
namespace {

std::string plain(std::string_view text) { return lower_case(std::string(trimmed(text))); }

}  // namespace

std::vector<std::string> default_disallowing_directives() { return {"noai", "noimageai", "noindex", "noimageindex"}; }

bool robots_tag_disallows(std::string_view value, std::string_view token, std::span<const std::string> directives) {
  const size_t colon = value.find(':');
  if (colon != std::string_view::npos) {
    const std::string named = plain(value.substr(0, colon));
    if (named != token) {
      return false;
    }
    value.remove_prefix(colon + 1);
  }
  while (!value.empty()) {
    const size_t end = std::min(value.find(','), value.size());
    if (std::find(directives.begin(), directives.end(), plain(value.substr(0, end))) != directives.end()) {
      return true;
    }
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return false;
}

}  // namespace darkroom
