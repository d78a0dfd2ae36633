// SPDX-License-Identifier: Apache-2.0
// AVX2, BMI, POPCNT: compiled with those, called only where they are (scan_support_x86.cpp).
#include <immintrin.h>

#include "core/columns/scan_loops.h"

namespace darkroom::columns {
namespace {

__m256i load(const void* at) { return _mm256_loadu_si256(static_cast<const __m256i*>(at)); }

uint64_t byte_mask(__m256i bytes) { return static_cast<uint32_t>(_mm256_movemask_epi8(bytes)); }

void range_u16(const uint16_t* values, size_t words, uint16_t low, uint16_t high, uint64_t* bits) {
  if (low > high) {
    set_none(words, bits);
    return;
  }
  const __m256i base = _mm256_set1_epi16(static_cast<int16_t>(low));
  const __m256i width = _mm256_set1_epi16(static_cast<int16_t>(high - low));
  const auto inside = [&](const uint16_t* at) {
    const __m256i offset = _mm256_sub_epi16(load(at), base);
    return _mm256_cmpeq_epi16(_mm256_min_epu16(offset, width), offset);
  };
  for (size_t word = 0; word < words; ++word) {
    const uint16_t* const at = values + word * 64;
    // Packing works on halves of 128 bits: the permutation puts the four quarters in order.
    const __m256i first = _mm256_permute4x64_epi64(_mm256_packs_epi16(inside(at), inside(at + 16)), 0xD8);
    const __m256i second = _mm256_permute4x64_epi64(_mm256_packs_epi16(inside(at + 32), inside(at + 48)), 0xD8);
    bits[word] = byte_mask(first) | byte_mask(second) << 32U;
  }
}

void range_i32(const int32_t* values, size_t words, int32_t low, int32_t high, uint64_t* bits) {
  const __m256i lower = _mm256_set1_epi32(low);
  const __m256i upper = _mm256_set1_epi32(high);
  join_masks<8>(words, bits, [&](size_t row) {
    const __m256i value = load(values + row);
    const __m256i outside = _mm256_or_si256(_mm256_cmpgt_epi32(lower, value), _mm256_cmpgt_epi32(value, upper));
    return static_cast<uint8_t>(~_mm256_movemask_ps(_mm256_castsi256_ps(outside)));
  });
}

void range_f32(const float* values, size_t words, float low, float high, uint64_t* bits) {
  const __m256 lower = _mm256_set1_ps(low);
  const __m256 upper = _mm256_set1_ps(high);
  join_masks<8>(words, bits, [&](size_t row) {
    const __m256 value = _mm256_loadu_ps(values + row);
    const __m256 inside = _mm256_and_ps(_mm256_cmp_ps(value, lower, _CMP_GE_OQ), _mm256_cmp_ps(value, upper, _CMP_LE_OQ));
    return static_cast<uint8_t>(_mm256_movemask_ps(inside));
  });
}

void range_f64(const double* values, size_t words, double low, double high, uint64_t* bits) {
  const __m256d lower = _mm256_set1_pd(low);
  const __m256d upper = _mm256_set1_pd(high);
  join_masks<4>(words, bits, [&](size_t row) {
    const __m256d value = _mm256_loadu_pd(values + row);
    const __m256d inside = _mm256_and_pd(_mm256_cmp_pd(value, lower, _CMP_GE_OQ), _mm256_cmp_pd(value, upper, _CMP_LE_OQ));
    return _mm256_movemask_pd(inside);
  });
}

void member_u8(const uint8_t* codes, size_t words, const CodeSet& set, uint64_t* bits) {
  const NibbleTables tables = nibble_tables(set);
  const auto wide = [](const std::array<uint8_t, 16>& table) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data())));
  };
  const __m256i table_first = wide(tables.first);
  const __m256i table_second = wide(tables.second);
  const __m256i bit_of = wide(tables.bit);
  const __m256i nibble = _mm256_set1_epi8(15);
  const auto member = [&](const uint8_t* at) {
    const __m256i code = load(at);
    const __m256i low = _mm256_and_si256(code, nibble);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(code, 4), nibble);
    const __m256i row = _mm256_blendv_epi8(_mm256_shuffle_epi8(table_first, low), _mm256_shuffle_epi8(table_second, low), code);
    const __m256i bit = _mm256_shuffle_epi8(bit_of, high);
    return byte_mask(_mm256_cmpeq_epi8(_mm256_and_si256(row, bit), bit));
  };
  for (size_t word = 0; word < words; ++word) {
    bits[word] = member(codes + word * 64) | member(codes + word * 64 + 32) << 32U;
  }
}

void tally(const uint64_t* const* passes, size_t rules, size_t words, uint64_t* kept, const RuleTally& tally) {
  uint64_t after[most_tally_rules];
  tally_words(passes, rules, words, kept, tally, after);
}

}  // namespace

const ScanKernels& avx2_scan_kernels() {
  static constexpr ScanKernels kernels{"avx2", range_u16, range_i32, range_f32, range_f64, member_u8, tally, count_plain};
  return kernels;
}

}  // namespace darkroom::columns
