// SPDX-License-Identifier: Apache-2.0
// A build without PCRE2: rules with patterns are refused when they are used.
#include "core/base/format.h"
#include "core/filter/text_pattern.h"

namespace darkroom {

struct TextPattern::Impl {};

TextPattern::TextPattern(const std::string& pattern) {
  fail(ErrorCode::failed, "This engine was built without PCRE2 and cannot match \"{}\". Install libpcre2-dev and build again.", pattern);
}
TextPattern::~TextPattern() = default;
TextPattern::TextPattern(TextPattern&&) noexcept = default;
TextPattern& TextPattern::operator=(TextPattern&&) noexcept = default;
bool TextPattern::matches(std::string_view) const { return false; }
std::string TextPattern::problem(const std::string&) { return {}; }

}  // namespace darkroom
