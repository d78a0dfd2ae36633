// SPDX-License-Identifier: Apache-2.0
// The Unicode facts that the CLIP tokenizer needs, as the `tokenizers` library (the reference) sees them; sorted by code point.
//
// Why not utf8proc or ICU: the reference takes its normal form, its lower case and its character classes from three libraries that follow
// three Unicode versions (its normal form does not know marks that are younger than Unicode 12). These tables are its own answers, asked
// for every code point by tests/parity/tokenizer_unicode_tables.py, so ids agree on all of Unicode, and no build depends on a Unicode
// library.
#pragma once

#include <cstdint>
#include <span>

namespace darkroom::unicode {

/// Code points first..last, both included.
struct CodePointRange {
  char32_t first, last;
};

/// first, first + step, … last: each becomes itself + delta in lower case.
/// One code point becomes two and is not listed: U+0130 -> U+0069 U+0307.
struct LowerCaseRun {
  char32_t first, last;
  uint8_t step;
  int32_t delta;
};

/// first..last have the canonical combining class `value` (not 0).
struct CombiningRun {
  char32_t first, last;
  uint8_t value;
};

/// One step of a canonical decomposition; second is 0 for a code point that becomes one other. Hangul syllables are not listed.
struct Decomposition {
  char32_t code_point, first, second;
  uint8_t composes;  ///< 1 where NFC puts (first, second) together again
};

std::span<const CodePointRange> letters();  ///< \p{L}
std::span<const CodePointRange> numbers();  ///< \p{N}
std::span<const CodePointRange> spaces();   ///< \s
std::span<const LowerCaseRun> lower_case_runs();
std::span<const CombiningRun> combining_runs();
std::span<const Decomposition> decompositions();

}  // namespace darkroom::unicode
