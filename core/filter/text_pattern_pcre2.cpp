// SPDX-License-Identifier: Apache-2.0
// Patterns come from rules files of strangers: the match limits keep one of them from standing still on one caption.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>

#include "core/base/format.h"
#include "core/filter/text_pattern.h"

namespace darkroom {
namespace {

constexpr uint32_t match_limit = 1'000'000;
constexpr uint32_t heap_limit_kib = 16'384;
constexpr uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;

pcre2_code* compile(const std::string& pattern, std::string& problem) {
  int code = 0;
  PCRE2_SIZE place = 0;
  pcre2_code* compiled = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &code, &place, nullptr);
  if (compiled == nullptr) {
    std::array<PCRE2_UCHAR, 256> message{};
    pcre2_get_error_message(code, message.data(), message.size());
    problem = format("\"{}\" is no pattern: {} at character {}", pattern, reinterpret_cast<const char*>(message.data()), place);
  }
  return compiled;
}

}  // namespace

struct TextPattern::Impl {
  pcre2_code* code = nullptr;
  pcre2_match_data* data = nullptr;
  pcre2_match_context* context = nullptr;
  ~Impl() {
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
  }
};

TextPattern::TextPattern(const std::string& pattern) : impl_(std::make_unique<Impl>()) {
  std::string problem;
  impl_->code = compile(pattern, problem);
  if (impl_->code == nullptr) {
    throw Error(ErrorCode::bad_input, problem);
  }
  pcre2_jit_compile(impl_->code, PCRE2_JIT_COMPLETE);  // where the CPU has none, the interpreter matches
  impl_->data = pcre2_match_data_create_from_pattern(impl_->code, nullptr);
  impl_->context = pcre2_match_context_create(nullptr);
  pcre2_set_match_limit(impl_->context, match_limit);
  pcre2_set_heap_limit(impl_->context, heap_limit_kib);
}

TextPattern::~TextPattern() = default;
TextPattern::TextPattern(TextPattern&&) noexcept = default;
TextPattern& TextPattern::operator=(TextPattern&&) noexcept = default;

bool TextPattern::matches(std::string_view text) const {
  return pcre2_match(impl_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, impl_->data, impl_->context) >= 0;
}

std::string TextPattern::problem(const std::string& pattern) {
  std::string problem;
  pcre2_code_free(compile(pattern, problem));
  return problem;
}

}  // namespace darkroom
