// SPDX-License-Identifier: Apache-2.0
// The inner loops over columns, in one copy for each kind of processor. A word is the bits of 64 rows, the first row in the lowest bit.
//
// Arrays of values and codes are whole words long (64 rows a word); what stands behind the last row is read, and its bits are the caller's
// to clear. Nothing is aligned to more than its own size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace darkroom::columns {

/// Codes of values in a histogram: 0 … bins - 1, or one of these.
inline constexpr unsigned most_bins = 240;
inline constexpr uint8_t code_below = 253;
inline constexpr uint8_t code_above = 254;
inline constexpr uint8_t code_empty = 255;

inline constexpr size_t most_tally_rules = 64;

/// Tables that are counted into side by side: one counter would wait for its own last store when a value comes again and again.
inline constexpr size_t count_tables = 8;
using CodeCounts = std::array<uint32_t, count_tables * 256>;

/// A set of codes, one bit a code.
using CodeSet = std::array<uint64_t, 4>;

/// What rules do to some rows; counted up, one entry a rule.
struct RuleTally {
  uint64_t* passing = nullptr;   ///< rows that the rule lets pass
  uint64_t* in_order = nullptr;  ///< rows that every rule before lets pass and this one does not
  uint64_t* only = nullptr;      ///< rows that every other rule lets pass and this one does not
};

/// Bounds of a histogram's codes: code = (value - low) * scale, rounded down.
struct CodeScale {
  double low = 0;
  double high = 1;
  double scale = 1;
  unsigned bins = 1;
};

struct ScanKernels {
  const char* name;

  /// bits: low <= value <= high; never for NaN.
  void (*range_u16)(const uint16_t* values, size_t words, uint16_t low, uint16_t high, uint64_t* bits);
  void (*range_i32)(const int32_t* values, size_t words, int32_t low, int32_t high, uint64_t* bits);
  void (*range_f32)(const float* values, size_t words, float low, float high, uint64_t* bits);
  void (*range_f64)(const double* values, size_t words, double low, double high, uint64_t* bits);
  /// bits: the code is in the set.
  void (*member_u8)(const uint8_t* codes, size_t words, const CodeSet& set, uint64_t* bits);

  /// kept = AND of all rules' bits; counts what each rule does. No rule: kept is all ones. At most most_tally_rules (the plain one: any).
  void (*tally)(const uint64_t* const* passes, size_t rules, size_t words, uint64_t* kept, const RuleTally& tally);

  /// Counts the codes of the rows that are set in mask.
  void (*count_codes)(const uint8_t* codes, const uint64_t* mask, size_t words, CodeCounts& counts);
};

/// The best that this processor can run.
const ScanKernels& scan_kernels();

/// All that this processor can run, the plain one first: so that tests compare them.
std::span<const ScanKernels* const> runnable_scan_kernels();

/// Plain C++, for any processor.
const ScanKernels& plain_scan_kernels();

}  // namespace darkroom::columns
