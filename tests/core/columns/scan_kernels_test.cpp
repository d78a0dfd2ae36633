// SPDX-License-Identifier: Apache-2.0
// Every copy of the loops that this processor can run gives what a loop over single rows gives.
#include "core/columns/scan_kernels.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "tests/test_registry.h"

using namespace darkroom::columns;

namespace {

constexpr size_t words = 37;
constexpr size_t scan_rows = words * 64;

template <typename T>
std::vector<T> drawn_whole(unsigned seed, std::vector<T> extremes) {
  std::mt19937_64 random(seed);
  std::vector<T> values(scan_rows);
  for (T& value : values) {
    value = random() % 4 == 0 ? extremes[random() % extremes.size()] : static_cast<T>(random());
  }
  return values;
}

template <typename T>
std::vector<T> drawn_real(unsigned seed) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  const std::vector<T> extremes{-infinity, infinity, std::numeric_limits<T>::quiet_NaN(), 0,
                                -T{0},     T{0.5},   std::numeric_limits<T>::denorm_min()};
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<T> values(scan_rows);
  for (T& value : values) {
    value = random() % 4 == 0 ? extremes[random() % extremes.size()] : static_cast<T>(normal(random));
  }
  return values;
}

template <typename T>
std::vector<uint64_t> expected_range(const std::vector<T>& values, T low, T high) {
  std::vector<uint64_t> bits(words);
  for (size_t row = 0; row < scan_rows; ++row) {
    bits[row / 64] |= static_cast<uint64_t>(values[row] >= low && values[row] <= high) << (row % 64);
  }
  return bits;
}

template <typename T, typename Kernel>
void check_range(const std::vector<T>& values, const std::vector<std::pair<T, T>>& bounds, Kernel ScanKernels::*kernel) {
  for (const ScanKernels* kernels : runnable_scan_kernels()) {
    for (const auto& [low, high] : bounds) {
      std::vector<uint64_t> bits(words, 77);
      (kernels->*kernel)(values.data(), words, low, high, bits.data());
      QVERIFY2(bits == expected_range(values, low, high), kernels->name);
    }
  }
}

std::vector<std::vector<uint64_t>> drawn_bits(size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<std::vector<uint64_t>> all(count, std::vector<uint64_t>(words));
  for (size_t rule = 0; rule < count; ++rule) {
    for (uint64_t& word : all[rule]) {
      word = random() | random() | random();
    }
  }
  return all;
}

}  // namespace

class ScanKernelsTest : public QObject {
  Q_OBJECT

 private slots:
  void rangesOfWholeNumbers() {
    check_range(drawn_whole<uint16_t>(1, {0, 1, 65534, 65535, 512}), {{0, 65534}, {512, 512}, {512, 30000}, {65535, 65535}, {3, 2}},
                &ScanKernels::range_u16);
    constexpr int32_t least = std::numeric_limits<int32_t>::min();
    constexpr int32_t most = std::numeric_limits<int32_t>::max();
    check_range(drawn_whole<int32_t>(2, {least, least + 1, -1, 0, 1, most}),
                {{least, most}, {least + 1, most}, {-5, 5}, {0, 0}, {-2'000'000'000, 2'000'000'000}, {1, 0}}, &ScanKernels::range_i32);
  }

  void rangesOfRealNumbersNeverHoldNan() {
    constexpr float f = std::numeric_limits<float>::infinity();
    check_range(drawn_real<float>(3), {{-f, f}, {0, f}, {-f, 0.5F}, {0.5F, 0.5F}, {0.25F, 0.5F}, {1, -1}}, &ScanKernels::range_f32);
    constexpr double d = std::numeric_limits<double>::infinity();
    check_range(drawn_real<double>(4), {{-d, d}, {0, d}, {-d, 0.5}, {0.5, 0.5}, {0.25, 0.5}, {1, -1}}, &ScanKernels::range_f64);
  }

  void membersOfASetOfCodes() {
    std::mt19937_64 random(5);
    const std::vector<uint8_t> codes = drawn_whole<uint8_t>(6, {0, 127, 128, 255});
    for (int round = 0; round < 20; ++round) {
      CodeSet set{random() & random(), random(), random(), random() & random()};
      if (round == 0) {
        set = {1, 0, 0, uint64_t{1} << 63U};
      }
      std::vector<uint64_t> expected(words);
      for (size_t row = 0; row < scan_rows; ++row) {
        expected[row / 64] |= ((set[codes[row] / 64] >> (codes[row] % 64)) & 1U) << (row % 64);
      }
      for (const ScanKernels* kernels : runnable_scan_kernels()) {
        std::vector<uint64_t> bits(words, 77);
        kernels->member_u8(codes.data(), words, set, bits.data());
        QVERIFY2(bits == expected, kernels->name);
      }
    }
  }

  void talliesCountEachRuleAloneInOrderAndOnly() {
    for (const size_t count : {size_t{0}, size_t{1}, size_t{5}, most_tally_rules}) {
      const auto all = drawn_bits(count, static_cast<unsigned>(7 + count));
      std::vector<uint64_t> passing(count);
      std::vector<uint64_t> in_order(count);
      std::vector<uint64_t> only(count);
      std::vector<uint64_t> kept(words);
      for (size_t row = 0; row < scan_rows; ++row) {
        size_t failing = 0;
        size_t first = count;
        for (size_t rule = count; rule-- > 0;) {
          const bool passes = ((all[rule][row / 64] >> (row % 64)) & 1U) != 0;
          passing[rule] += passes ? 1 : 0;
          failing += passes ? 0 : 1;
          first = passes ? first : rule;
        }
        if (failing == 0) {
          kept[row / 64] |= uint64_t{1} << (row % 64);
        } else {
          ++in_order[first];
          only[first] += failing == 1 ? 1 : 0;
        }
      }
      std::vector<const uint64_t*> passes;
      for (const auto& bits : all) {
        passes.push_back(bits.data());
      }
      for (const ScanKernels* kernels : runnable_scan_kernels()) {
        std::vector<uint64_t> sums(3 * count + 1, 10);
        std::vector<uint64_t> got(words);
        kernels->tally(passes.data(), count, words, got.data(), {sums.data(), sums.data() + count, sums.data() + 2 * count});
        QVERIFY2(got == kept, kernels->name);
        for (size_t rule = 0; rule < count; ++rule) {
          QCOMPARE(sums[rule], passing[rule] + 10);
          QCOMPARE(sums[count + rule], in_order[rule] + 10);
          QCOMPARE(sums[2 * count + rule], only[rule] + 10);
        }
      }
    }
  }

  void codesOfChosenRowsAreCounted() {
    std::mt19937_64 random(9);
    const std::vector<uint8_t> codes = drawn_whole<uint8_t>(10, {0, 3, 255});
    for (const int density : {0, 1, 2, 3}) {
      std::vector<uint64_t> mask(words);
      for (uint64_t& word : mask) {
        word = density == 0 ? 0 : density == 1 ? random() & random() & random() : density == 2 ? random() : ~uint64_t{0};
      }
      std::array<uint64_t, 256> expected{};
      for (size_t row = 0; row < scan_rows; ++row) {
        expected[codes[row]] += (mask[row / 64] >> (row % 64)) & 1U;
      }
      for (const ScanKernels* kernels : runnable_scan_kernels()) {
        CodeCounts counts{};
        kernels->count_codes(codes.data(), mask.data(), words, counts);
        std::array<uint64_t, 256> sums{};
        for (size_t i = 0; i < counts.size(); ++i) {
          sums[i % 256] += counts[i];
        }
        QVERIFY2(sums == expected, kernels->name);
      }
    }
  }

  void theBestKernelsAreAmongTheRunnable() {
    bool found = false;
    for (const ScanKernels* kernels : runnable_scan_kernels()) {
      found = found || kernels == &scan_kernels();
    }
    QVERIFY(found);
  }
};

DARKROOM_TEST(ScanKernelsTest);
#include "scan_kernels_test.moc"
