// SPDX-License-Identifier: Apache-2.0
// A column of doubles that floats do not hold is tested by its rounded floats. Rounding keeps order, so a float strictly inside the rounded
// bounds is inside and one outside is outside; only where it equals a bound are the exact doubles of those 64 rows looked at.
#include "core/columns/rule_test.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace darkroom {
namespace {

constexpr size_t words_per_step = 64;
constexpr float infinity = std::numeric_limits<float>::infinity();

template <typename T>
void whole_bounds(const ValueRange& range, T lowest, T highest, T& low, T& high) {
  const double from = std::ceil(std::max(range.low, static_cast<double>(lowest)));
  const double to = std::floor(std::min(range.high, static_cast<double>(highest)));
  if (from <= to) {
    low = static_cast<T>(from);
    high = static_cast<T>(to);
  }
}

// Which words of a dictionary pass, asked of RowFilter itself.
columns::CodeSet passing_words(const ColumnRule& rule, const std::vector<std::string>& dictionary) {
  columns::CodeSet set{};
  if (dictionary.empty()) {
    return set;
  }
  const std::vector<std::string_view> words(dictionary.begin(), dictionary.end());
  FilterBatch batch;
  batch.rows = words.size();
  batch.columns[rule.column] = {.numbers = {}, .texts = words};
  RowFilter filter(FilterRules{.rules = {texts_of(rule)}, .keep = {}, .drop = {}});
  std::vector<RowVerdict> verdicts;
  filter.apply(batch, verdicts);
  for (size_t i = 0; i < words.size(); ++i) {
    if (is_kept(verdicts[i])) {
      set[(i + 1) / 64] |= uint64_t{1} << ((i + 1) % 64);
    }
  }
  return set;
}

}  // namespace

ColumnRule texts_of(const ColumnRule& rule) {
  return {.column = rule.column, .words = rule.words, .pattern = rule.pattern, .not_pattern = rule.not_pattern};
}

NumberTest::NumberTest(const ColumnArrays& arrays, const ValueRange& range, const columns::ScanKernels& kernels)
    : arrays_(&arrays), kernels_(&kernels), range_(range) {
  whole_bounds<uint16_t>(range, 0, empty_u16 - 1, low_u16_, high_u16_);
  whole_bounds<int32_t>(range, empty_i32 + 1, std::numeric_limits<int32_t>::max(), low_i32_, high_i32_);
  low_f32_ = static_cast<float>(range.low);
  high_f32_ = static_cast<float>(range.high);
  if (arrays.exact != nullptr) {
    inner_low_f32_ = std::nextafter(low_f32_, infinity);
    inner_high_f32_ = std::nextafter(high_f32_, -infinity);
    return;
  }
  if (static_cast<double>(low_f32_) < range.low) {
    low_f32_ = std::nextafter(low_f32_, infinity);
  }
  if (static_cast<double>(high_f32_) > range.high) {
    high_f32_ = std::nextafter(high_f32_, -infinity);
  }
}

void NumberTest::run(uint64_t first_word, size_t words, uint64_t* bits) const {
  const uint64_t first = first_word * 64;
  switch (arrays_->kind) {
    case NumberKind::u16:
      kernels_->range_u16(static_cast<const uint16_t*>(arrays_->numbers) + first, words, low_u16_, high_u16_, bits);
      break;
    case NumberKind::i32:
      kernels_->range_i32(static_cast<const int32_t*>(arrays_->numbers) + first, words, low_i32_, high_i32_, bits);
      break;
    case NumberKind::f32:
      if (arrays_->exact != nullptr) {
        run_rounded(first_word, words, bits);
      } else {
        kernels_->range_f32(static_cast<const float*>(arrays_->numbers) + first, words, low_f32_, high_f32_, bits);
      }
      break;
    case NumberKind::none:
      std::fill_n(bits, words, 0);
      break;
  }
}

void NumberTest::run_rounded(uint64_t first_word, size_t words, uint64_t* bits) const {
  std::array<uint64_t, words_per_step> inner;
  for (size_t done = 0; done < words; done += words_per_step) {
    const size_t step = std::min(words_per_step, words - done);
    const float* const values = static_cast<const float*>(arrays_->numbers) + (first_word + done) * 64;
    kernels_->range_f32(values, step, low_f32_, high_f32_, bits + done);
    kernels_->range_f32(values, step, inner_low_f32_, inner_high_f32_, inner.data());
    for (size_t word = 0; word < step; ++word) {
      if (bits[done + word] == inner[word]) {
        continue;
      }
      uint64_t exact = 0;
      kernels_->range_f64(arrays_->exact + (first_word + done + word) * 64, 1, range_.low, range_.high, &exact);
      bits[done + word] = inner[word] | (bits[done + word] & exact);
    }
  }
}

RuleTest::RuleTest(const ColumnRule& rule, const ColumnStore& store, const columns::ScanKernels& kernels, const TextVerdicts* texts)
    : arrays_(&store.data().of(rule.column)), kernels_(&kernels), nulls_pass_(rule.nulls == NullVerdict::keep) {
  if (rule.looks_at_texts() && arrays_->words != nullptr) {
    word_set_ = passing_words(rule, store.find(rule.column)->dictionary);
    (*word_set_)[0] |= nulls_pass_ ? 1U : 0U;
  } else if (rule.looks_at_texts() && arrays_->hashes != nullptr && texts != nullptr) {
    text_passes_ = texts->passes;
    has_text_ = texts->has_text;
  } else if (needs_scan(rule, store)) {
    nulls_pass_ = true;  // nothing is known of the texts yet
  }
  if (rule.has_bounds() && arrays_->kind != NumberKind::none) {
    in_range_.emplace(*arrays_, ValueRange::of(rule), kernels);
    if (nulls_pass_ || word_set_ || text_passes_) {
      has_number_.emplace(*arrays_, ValueRange{}, kernels);
    }
  }
}

bool RuleTest::needs_scan(const ColumnRule& rule, const ColumnStore& store) {
  const ColumnArrays& arrays = store.data().of(rule.column);
  return rule.looks_at_texts() && arrays.words == nullptr && arrays.hashes != nullptr;
}

void RuleTest::run(uint64_t first_word, size_t words, uint64_t* bits) const {
  if (in_range_ && !has_number_) {
    in_range_->run(first_word, words, bits);
    return;
  }
  // Without a number: the text decides, or the verdict of what is empty.
  if (word_set_) {
    kernels_->member_u8(arrays_->words + first_word * 64, words, *word_set_, bits);
  } else if (text_passes_) {
    const uint64_t empty_passes = nulls_pass_ ? ~uint64_t{0} : 0;
    for (size_t word = 0; word < words; ++word) {
      const uint64_t has = has_text_->data()[first_word + word];
      bits[word] = (has & text_passes_->data()[first_word + word]) | (~has & empty_passes);
    }
  } else {
    std::fill_n(bits, words, nulls_pass_ ? ~uint64_t{0} : 0);
  }
  if (!in_range_) {
    return;
  }
  std::array<uint64_t, words_per_step> inside;
  std::array<uint64_t, words_per_step> has;
  for (size_t done = 0; done < words; done += words_per_step) {
    const size_t step = std::min(words_per_step, words - done);
    in_range_->run(first_word + done, step, inside.data());
    has_number_->run(first_word + done, step, has.data());
    for (size_t word = 0; word < step; ++word) {
      bits[done + word] = inside[word] | (~has[word] & bits[done + word]);
    }
  }
}

}  // namespace darkroom
