// SPDX-License-Identifier: Apache-2.0
// Compiled with -O3, a copy for each level of x86-64: the loops have no branches, so the compiler makes vectors of them. Least and greatest
// are found among whole numbers that lie in the order of the floats: those of floats themselves cannot be reordered, NaN being what it is.
#include "core/columns/number_loops.h"

#include <bit>
#include <cmath>
#include <type_traits>

namespace darkroom::columns {
namespace {

// Rises with the number; takes itself back.
template <typename Bits>
[[gnu::always_inline]] inline Bits ordered(Bits bits) {
  return bits ^ ((bits >> (sizeof(Bits) * 8 - 1)) & std::numeric_limits<Bits>::max());
}

// 1 or 0: `&&` would be a branch.
template <typename Bits>
[[gnu::always_inline]] inline Bits flag(bool is_so) {
  return is_so ? 1 : 0;
}

template <typename T>
[[gnu::always_inline]] inline NumberExtent extent_of_floats(const T* values, size_t count) {
  using Bits = std::conditional_t<sizeof(T) == sizeof(int64_t), int64_t, int32_t>;
  constexpr Bits infinity = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
  constexpr Bits most = std::numeric_limits<Bits>::max();
  constexpr Bits least = std::numeric_limits<Bits>::min();
  constexpr int sign = sizeof(Bits) * 8 - 1;  // shifted by which a number becomes its sign in all bits
  Bits low = most;
  Bits high = least;
  Bits empty = 0;
  Bits infinite = 0;
  Bits broken = 0;
  Bits rounded = 0;
  for (size_t i = 0; i < count; ++i) {
    const T value = values[i];
    const Bits bits = std::bit_cast<Bits>(value);
    const Bits size = bits & most;
    const Bits key = ordered(bits);
    const Bits finite = (size - infinity) >> sign;  // all bits or none, as everything here: a choice would become a branch
    const Bits rough = -flag<Bits>(std::trunc(value) != value);
    empty -= (infinity - size) >> sign;
    infinite |= ((size ^ infinity) - 1) >> sign;  // size is never negative: all bits where it is infinity
    broken |= (finite & rough) | -flag<Bits>(bits == least);
    if constexpr (sizeof(T) == sizeof(double)) {
      rounded |= finite & -flag<Bits>(static_cast<double>(static_cast<float>(value)) != value);
    }
    const Bits low_key = (key & finite) | (most & ~finite);
    const Bits high_key = (key & finite) | (least & ~finite);
    low = low_key < low ? low_key : low;
    high = high_key > high ? high_key : high;
  }
  NumberExtent extent;
  extent.empty = static_cast<uint64_t>(empty);
  extent.infinite = infinite != 0;
  extent.whole = broken == 0 && infinite == 0;
  extent.fits_f32 = rounded == 0;
  if (low <= high) {
    extent.min = static_cast<double>(std::bit_cast<T>(ordered(low))) + 0.0;  // no -0
    extent.max = static_cast<double>(std::bit_cast<T>(ordered(high))) + 0.0;
  }
  return extent;
}

DARKROOM_CLONES NumberExtent measure(const int32_t* values, size_t count) {
  int32_t low = std::numeric_limits<int32_t>::max();
  int32_t high = std::numeric_limits<int32_t>::min();
  uint32_t empty = 0;
  for (size_t i = 0; i < count; ++i) {
    const int32_t value = values[i];
    const auto below = static_cast<int32_t>(static_cast<uint32_t>(value) - 1U);  // of what is empty: the greatest
    empty += flag<uint32_t>(value == empty_i32);
    low = below < low ? below : low;
    high = value > high ? value : high;
  }
  NumberExtent extent;
  extent.empty = empty;
  if (empty < count) {
    extent.min = low + 1.0;
    extent.max = high;
  }
  return extent;
}

DARKROOM_CLONES NumberExtent measure(const float* values, size_t count) { return extent_of_floats(values, count); }
DARKROOM_CLONES NumberExtent measure(const double* values, size_t count) { return extent_of_floats(values, count); }

DARKROOM_CLONES bool narrow_all(const int32_t* values, size_t count, uint16_t* out) {
  uint32_t outside = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t empty = -flag<uint32_t>(values[i] == empty_i32);  // all bits
    const auto value = static_cast<uint32_t>(values[i]);
    outside |= flag<uint32_t>(value >= empty_u16) & ~empty;
    out[i] = static_cast<uint16_t>(value | empty);
  }
  return outside == 0;
}

DARKROOM_CLONES bool narrow_all(const double* values, size_t count, uint16_t* out) {
  uint32_t outside = 0;
  for (size_t i = 0; i < count; ++i) {
    const double value = values[i];
    const int64_t bits = std::bit_cast<int64_t>(value);
    const uint32_t inside = flag<uint32_t>(bits >= 0) & flag<uint32_t>(value < empty_u16);  // bits: no -0
    const int32_t whole = inside != 0 ? static_cast<int32_t>(value) : empty_u16;
    outside |= ((inside ^ 1U) | flag<uint32_t>(static_cast<double>(whole) != value)) & flag<uint32_t>(!std::isnan(value));
    out[i] = static_cast<uint16_t>(whole);
  }
  return outside == 0;
}

DARKROOM_CLONES void narrow_all(const double* values, size_t count, float* out) {
  for (size_t i = 0; i < count; ++i) {
    out[i] = static_cast<float>(values[i]);
  }
}

}  // namespace

NumberExtent extent_of(std::span<const int32_t> values) { return measure(values.data(), values.size()); }
NumberExtent extent_of(std::span<const float> values) { return measure(values.data(), values.size()); }
NumberExtent extent_of(std::span<const double> values) { return measure(values.data(), values.size()); }

bool narrow(std::span<const int32_t> values, uint16_t* out) { return narrow_all(values.data(), values.size(), out); }
bool narrow(std::span<const double> values, uint16_t* out) { return narrow_all(values.data(), values.size(), out); }
void narrow(std::span<const double> values, float* out) { narrow_all(values.data(), values.size(), out); }

}  // namespace darkroom::columns
