// SPDX-License-Identifier: Apache-2.0
// AVX-512 F, BW, DQ, VL, VBMI2, VPOPCNTDQ (from Ice Lake and Zen 4 on): compiled with those, called only where they are.
//
// Codes of chosen rows are first pushed together in a register and stored from there: on Zen 4 the instruction's form that stores is many
// times slower. What is counted is then a dense list, whatever the share of chosen rows.
#include <immintrin.h>

#include <cstring>

#include "core/columns/scan_loops.h"

namespace darkroom::columns {
namespace {

__m512i load(const void* at) { return _mm512_loadu_si512(at); }

void range_u16(const uint16_t* values, size_t words, uint16_t low, uint16_t high, uint64_t* bits) {
  if (low > high) {
    set_none(words, bits);
    return;
  }
  const __m512i base = _mm512_set1_epi16(static_cast<int16_t>(low));
  const __m512i width = _mm512_set1_epi16(static_cast<int16_t>(high - low));
  for (size_t word = 0; word < words; ++word) {
    const uint16_t* const at = values + word * 64;
    const uint64_t first = _mm512_cmple_epu16_mask(_mm512_sub_epi16(load(at), base), width);
    const uint64_t second = _mm512_cmple_epu16_mask(_mm512_sub_epi16(load(at + 32), base), width);
    bits[word] = first | second << 32U;
  }
}

// Four masks of 16 rows, side by side.
uint64_t joined(__mmask16 a, __mmask16 b, __mmask16 c, __mmask16 d) {
  return _mm512_kunpackd(_mm512_kunpackw(d, c), _mm512_kunpackw(b, a));
}

void range_i32(const int32_t* values, size_t words, int32_t low, int32_t high, uint64_t* bits) {
  if (low > high) {
    set_none(words, bits);
    return;
  }
  const __m512i base = _mm512_set1_epi32(low);
  const __m512i width = _mm512_set1_epi32(static_cast<int32_t>(static_cast<uint32_t>(high) - static_cast<uint32_t>(low)));
  const auto inside = [&](const int32_t* at) { return _mm512_cmple_epu32_mask(_mm512_sub_epi32(load(at), base), width); };
  for (size_t word = 0; word < words; ++word) {
    const int32_t* const at = values + word * 64;
    bits[word] = joined(inside(at), inside(at + 16), inside(at + 32), inside(at + 48));
  }
}

void range_f32(const float* values, size_t words, float low, float high, uint64_t* bits) {
  const __m512 lower = _mm512_set1_ps(low);
  const __m512 upper = _mm512_set1_ps(high);
  const auto inside = [&](const float* at) {
    const __m512 value = _mm512_loadu_ps(at);
    return _mm512_mask_cmp_ps_mask(_mm512_cmp_ps_mask(value, lower, _CMP_GE_OQ), value, upper, _CMP_LE_OQ);
  };
  for (size_t word = 0; word < words; ++word) {
    const float* const at = values + word * 64;
    bits[word] = joined(inside(at), inside(at + 16), inside(at + 32), inside(at + 48));
  }
}

void range_f64(const double* values, size_t words, double low, double high, uint64_t* bits) {
  const __m512d lower = _mm512_set1_pd(low);
  const __m512d upper = _mm512_set1_pd(high);
  join_masks<8>(words, bits, [&](size_t row) {
    const __m512d value = _mm512_loadu_pd(values + row);
    return _mm512_mask_cmp_pd_mask(_mm512_cmp_pd_mask(value, lower, _CMP_GE_OQ), value, upper, _CMP_LE_OQ);
  });
}

void member_u8(const uint8_t* codes, size_t words, const CodeSet& set, uint64_t* bits) {
  const NibbleTables tables = nibble_tables(set);
  const auto wide = [](const std::array<uint8_t, 16>& table) {
    return _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data())));
  };
  const __m512i table_first = wide(tables.first);
  const __m512i table_second = wide(tables.second);
  const __m512i bit_of = wide(tables.bit);
  const __m512i nibble = _mm512_set1_epi8(15);
  for (size_t word = 0; word < words; ++word) {
    const __m512i code = load(codes + word * 64);
    const __m512i low = _mm512_and_si512(code, nibble);
    const __m512i high = _mm512_and_si512(_mm512_srli_epi16(code, 4), nibble);
    const __m512i row = _mm512_mask_shuffle_epi8(_mm512_shuffle_epi8(table_first, low), _mm512_movepi8_mask(code), table_second, low);
    bits[word] = _mm512_test_epi8_mask(row, _mm512_shuffle_epi8(bit_of, high));
  }
}

void tally(const uint64_t* const* passes, size_t rules, size_t words, uint64_t* kept, const RuleTally& tally) {
  __m512i after[most_tally_rules];
  __m512i passing[most_tally_rules];
  __m512i in_order[most_tally_rules];
  __m512i only[most_tally_rules];
  for (size_t rule = 0; rule < rules; ++rule) {
    passing[rule] = in_order[rule] = only[rule] = _mm512_setzero_si512();
  }
  const size_t whole = words / 8 * 8;
  for (size_t word = 0; word < whole; word += 8) {
    __m512i behind = _mm512_set1_epi64(-1);
    for (size_t rule = rules; rule-- > 0;) {
      after[rule] = behind;
      behind = _mm512_and_si512(behind, load(passes[rule] + word));
    }
    __m512i before = _mm512_set1_epi64(-1);
    for (size_t rule = 0; rule < rules; ++rule) {
      const __m512i pass = load(passes[rule] + word);
      const __m512i stopped = _mm512_andnot_si512(pass, before);
      passing[rule] = _mm512_add_epi64(passing[rule], _mm512_popcnt_epi64(pass));
      in_order[rule] = _mm512_add_epi64(in_order[rule], _mm512_popcnt_epi64(stopped));
      only[rule] = _mm512_add_epi64(only[rule], _mm512_popcnt_epi64(_mm512_and_si512(stopped, after[rule])));
      before = _mm512_and_si512(before, pass);
    }
    _mm512_storeu_si512(kept + word, before);
  }
  for (size_t rule = 0; rule < rules; ++rule) {
    tally.passing[rule] += static_cast<uint64_t>(_mm512_reduce_add_epi64(passing[rule]));
    tally.in_order[rule] += static_cast<uint64_t>(_mm512_reduce_add_epi64(in_order[rule]));
    tally.only[rule] += static_cast<uint64_t>(_mm512_reduce_add_epi64(only[rule]));
  }
  if (whole < words) {
    const uint64_t* rest[most_tally_rules];
    uint64_t words_after[most_tally_rules];
    for (size_t rule = 0; rule < rules; ++rule) {
      rest[rule] = passes[rule] + whole;
    }
    tally_words(rest, rules, words - whole, kept + whole, tally, words_after);
  }
}

void count_list(const uint8_t* codes, size_t count, CodeCounts& counts) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    uint64_t eight = 0;
    std::memcpy(&eight, codes + i, sizeof eight);
    count_eight(eight, counts);
  }
  for (; i < count; ++i) {
    ++counts[codes[i]];
  }
}

void count_codes(const uint8_t* codes, const uint64_t* mask, size_t words, CodeCounts& counts) {
  constexpr size_t room = 2048;
  std::array<uint8_t, room + 64> list;
  size_t filled = 0;
  for (size_t word = 0; word < words; ++word) {
    const uint64_t chosen = mask[word];
    if (chosen == 0) {
      continue;
    }
    _mm512_storeu_si512(list.data() + filled, _mm512_maskz_compress_epi8(chosen, load(codes + word * 64)));
    filled += static_cast<size_t>(std::popcount(chosen));
    if (filled >= room) {
      const size_t counted = filled / 8 * 8;
      count_list(list.data(), counted, counts);
      std::memcpy(list.data(), list.data() + counted, filled - counted);
      filled -= counted;
    }
  }
  count_list(list.data(), filled, counts);
}

}  // namespace

const ScanKernels& avx512_scan_kernels() {
  static constexpr ScanKernels kernels{"avx512", range_u16, range_i32, range_f32, range_f64, member_u8, tally, count_codes};
  return kernels;
}

}  // namespace darkroom::columns
