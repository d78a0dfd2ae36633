// SPDX-License-Identifier: Apache-2.0
// Loops in plain C++ that each copy of the kernels compiles for its own processor: hence in a namespace without a name, and without
// templates of the library that might not be inlined (the linker would keep one copy of those for everybody).
#pragma once

#include <bit>

#include "core/columns/scan_kernels.h"

namespace darkroom::columns {
namespace {  // NOLINT(cert-dcl59-cpp,google-build-namespaces): one copy a file is meant

[[maybe_unused]] inline void set_none(size_t words, uint64_t* bits) {
  for (size_t word = 0; word < words; ++word) {
    bits[word] = 0;
  }
}

// Words from masks of `lanes` rows each: mask(row) has the bits of row … row + lanes - 1, the first in the lowest bit.
template <size_t lanes, typename Mask>
[[maybe_unused, gnu::always_inline]] inline void join_masks(size_t words, uint64_t* bits, const Mask& mask) {
  for (size_t word = 0; word < words; ++word) {
    uint64_t set = 0;
    for (size_t row = 0; row < 64; row += lanes) {
      set |= static_cast<uint64_t>(mask(word * 64 + row)) << row;
    }
    bits[word] = set;
  }
}

template <typename T>
[[maybe_unused]] void range_plain(const T* values, size_t words, T low, T high, uint64_t* bits) {
  for (size_t word = 0; word < words; ++word) {
    uint64_t set = 0;
    for (size_t i = 0; i < 64; ++i) {
      const T value = values[word * 64 + i];
      set |= static_cast<uint64_t>(static_cast<unsigned>(value >= low) & static_cast<unsigned>(value <= high)) << i;
    }
    bits[word] = set;
  }
}

[[maybe_unused]] inline void member_plain(const uint8_t* codes, size_t words, const CodeSet& set, uint64_t* bits) {
  for (size_t word = 0; word < words; ++word) {
    uint64_t found = 0;
    for (size_t i = 0; i < 64; ++i) {
      const uint8_t code = codes[word * 64 + i];
      found |= ((set[code / 64U] >> (code % 64U)) & 1U) << i;
    }
    bits[word] = found;
  }
}

// A set for shuffles of bytes: the low four bits of a code choose one of 16 bytes, its high four a bit of that byte (in one of two tables).
struct NibbleTables {
  std::array<uint8_t, 16> first{};   // codes below 128
  std::array<uint8_t, 16> second{};  // the others
  std::array<uint8_t, 16> bit{};     // of each value of the high four
};

[[maybe_unused]] inline NibbleTables nibble_tables(const CodeSet& set) {
  NibbleTables tables;
  for (unsigned code = 0; code < 256; ++code) {
    const auto bit = static_cast<uint8_t>(1U << ((code / 16) % 8));
    tables.bit[code / 16] = bit;
    if (((set[code / 64] >> (code % 64)) & 1U) != 0) {
      uint8_t& byte = (code < 128 ? tables.first : tables.second)[code % 16];
      byte = static_cast<uint8_t>(byte | bit);
    }
  }
  return tables;
}

// after: room for one word a rule.
[[maybe_unused]] inline void tally_words(const uint64_t* const* passes, size_t rules, size_t words, uint64_t* kept, const RuleTally& tally,
                                         uint64_t* after) {
  for (size_t word = 0; word < words; ++word) {
    uint64_t behind = ~uint64_t{0};
    for (size_t rule = rules; rule-- > 0;) {
      after[rule] = behind;
      behind &= passes[rule][word];
    }
    uint64_t before = ~uint64_t{0};
    for (size_t rule = 0; rule < rules; ++rule) {
      const uint64_t pass = passes[rule][word];
      const uint64_t stopped = before & ~pass;
      tally.passing[rule] += static_cast<uint64_t>(std::popcount(pass));
      tally.in_order[rule] += static_cast<uint64_t>(std::popcount(stopped));
      tally.only[rule] += static_cast<uint64_t>(std::popcount(stopped & after[rule]));
      before &= pass;
    }
    kept[word] = before;
  }
}

// Eight codes at a time, each into a table of its own.
[[maybe_unused]] inline void count_eight(uint64_t eight, CodeCounts& counts) {
  ++counts[eight & 0xFFU];
  ++counts[256 + ((eight >> 8U) & 0xFFU)];
  ++counts[512 + ((eight >> 16U) & 0xFFU)];
  ++counts[768 + ((eight >> 24U) & 0xFFU)];
  ++counts[1024 + ((eight >> 32U) & 0xFFU)];
  ++counts[1280 + ((eight >> 40U) & 0xFFU)];
  ++counts[1536 + ((eight >> 48U) & 0xFFU)];
  ++counts[1792 + (eight >> 56U)];
}

[[maybe_unused]] inline void count_plain(const uint8_t* codes, const uint64_t* mask, size_t words, CodeCounts& counts) {
  for (size_t word = 0; word < words; ++word) {
    uint64_t left = mask[word];
    const uint8_t* const here = codes + word * 64;
    while (left != 0) {
      ++counts[static_cast<size_t>(std::countr_zero(left) % 8) * 256 + here[std::countr_zero(left)]];
      left &= left - 1;
    }
  }
}

}  // namespace
}  // namespace darkroom::columns
