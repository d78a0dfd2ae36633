// SPDX-License-Identifier: Apache-2.0
#include "core/hub/name_pattern.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/base/json_reader.h"

namespace darkroom {
namespace {

constexpr size_t none = std::string_view::npos;

// The index behind a set that starts at pattern[at] == '[', or none when it has no end.
size_t set_end(std::string_view pattern, size_t at) {
  size_t i = at + 1;
  if (i < pattern.size() && pattern[i] == '!') {
    ++i;
  }
  const size_t close = pattern.find(']', i + 1);  // the first character is never the end
  return close == none ? none : close + 1;
}

bool in_set(char c, std::string_view set) {
  const bool negated = set.starts_with('!');
  if (negated) {
    set.remove_prefix(1);
  }
  bool found = false;
  for (size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == '-') {
      found = found || (set[i] <= c && c <= set[i + 2]);
      i += 2;
    } else {
      found = found || set[i] == c;
    }
  }
  return found != negated;
}

// Whether one character of the pattern, at `at`, matches c; sets `next` behind it.
bool matches_one(char c, std::string_view pattern, size_t at, size_t& next) {
  next = at + 1;
  if (pattern[at] == '?') {
    return true;
  }
  if (pattern[at] == '[') {
    const size_t end = set_end(pattern, at);
    if (end != none) {
      next = end;
      return in_set(c, pattern.substr(at + 1, end - at - 2));
    }
  }
  return pattern[at] == c;
}

bool matches_glob(std::string_view path, std::string_view pattern) {
  // Only the last star needs to be gone back to, so the time is at most path times pattern.
  size_t in_path = 0;
  size_t in_pattern = 0;
  size_t star = none;
  size_t star_path = 0;
  while (in_path < path.size()) {
    size_t next = 0;
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      star_path = in_path;
    } else if (in_pattern < pattern.size() && matches_one(path[in_path], pattern, in_pattern, next)) {
      ++in_path;
      in_pattern = next;
    } else if (star != none) {
      in_pattern = star + 1;
      in_path = ++star_path;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == none;
}

}  // namespace

bool matches_pattern(std::string_view path, std::string_view pattern) {
  if (path == pattern) {
    return true;
  }
  return pattern.ends_with('/') ? matches_glob(path, std::string(pattern) + "*") : matches_glob(path, pattern);
}

std::vector<size_t> select_paths(const std::vector<std::string>& paths, const std::vector<std::string>& patterns, std::string_view where) {
  std::vector<bool> used(patterns.size(), false);
  std::vector<size_t> selected;
  for (size_t i = 0; i < paths.size(); ++i) {
    bool wanted = patterns.empty();
    for (size_t k = 0; k < patterns.size(); ++k) {
      if (matches_pattern(paths[i], patterns[k])) {
        wanted = true;
        used[k] = true;
      }
    }
    if (wanted) {
      selected.push_back(i);
    }
  }
  const auto unused = std::find(used.begin(), used.end(), false);
  if (unused != used.end()) {
    const std::string& pattern = patterns[static_cast<size_t>(unused - used.begin())];
    const std::optional<std::string> near = nearest_name(pattern, paths);
    fail(ErrorCode::not_found, "{}: no file matches '{}'{}", where, pattern, near ? format("; is '{}' meant?", *near) : "");
  }
  return selected;
}

}  // namespace darkroom
