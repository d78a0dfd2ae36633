// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace darkroom {

/// A regular expression over UTF-8 text, in PCRE2's syntax, without regard to case. What takes too long to decide counts as no match.
/// matches() is not thread-safe.
class TextPattern {
 public:
  /// throws  Error{bad_input} with problem(); Error{failed} in a build without PCRE2
  explicit TextPattern(const std::string& pattern);
  ~TextPattern();
  TextPattern(TextPattern&&) noexcept;
  TextPattern& operator=(TextPattern&&) noexcept;

  bool matches(std::string_view text) const;

  /// What is wrong with a pattern, with its place; empty when it is well (or cannot be told in a build without PCRE2).
  static std::string problem(const std::string& pattern);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace darkroom
