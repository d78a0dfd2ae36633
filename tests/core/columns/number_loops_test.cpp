// SPDX-License-Identifier: Apache-2.0
#include "core/columns/number_loops.h"

#include <array>
#include <cmath>
#include <vector>

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

constexpr double empty = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity_f64 = std::numeric_limits<double>::infinity();

NumberExtent extent_of(const std::vector<double>& values) { return columns::extent_of(std::span<const double>(values)); }

bool fits_u16(const std::vector<double>& values) {
  std::vector<uint16_t> narrow(values.size());
  return columns::narrow(std::span<const double>(values), narrow.data());
}

}  // namespace

class NumberLoopsTest : public QObject {
  Q_OBJECT

 private slots:
  void theExtentIsThatOfItsWords() {
    const NumberExtent extent = extent_of({3, empty, -7, 2, empty, 12});
    QCOMPARE(extent.empty, uint64_t{2});
    QCOMPARE(extent.min, -7.0);
    QCOMPARE(extent.max, 12.0);
    QVERIFY(extent.whole && extent.fits_f32 && !extent.infinite);
    QVERIFY(extent.within(-7, 12));
    QVERIFY(!extent.within(-6, 12));
    QVERIFY(!extent.within(-7, 11));
  }

  void whatIsNoWholeNumberIsTold() {
    QVERIFY(!extent_of({1, 2.5}).whole);
    QVERIFY(!extent_of({1, -0.0}).whole);
    QVERIFY(!extent_of({1, infinity_f64}).whole);
    QVERIFY(extent_of({1, -infinity_f64}).infinite);
    QCOMPARE(extent_of({1, infinity_f64}).max, 1.0);
    QVERIFY(extent_of({-0.0}).min == 0 && !std::signbit(extent_of({-0.0}).min));
    QVERIFY(extent_of({0.5, infinity_f64, empty}).fits_f32);
    QVERIFY(!extent_of({0.1}).fits_f32);
    QVERIFY(!extent_of({16777217}).fits_f32);
  }

  void nothingHasNoExtent() {
    for (const NumberExtent& extent : {extent_of({}), extent_of({empty, empty})}) {
      QVERIFY(extent.min > extent.max);
      QVERIFY(extent.within(0, 1));
    }
    QVERIFY(!extent_of({infinity_f64}).within(0, 1));
    const std::array<int32_t, 2> integers{empty_i32, empty_i32};
    QCOMPARE(columns::extent_of(std::span<const int32_t>(integers)).empty, uint64_t{2});
    QVERIFY(columns::extent_of(std::span<const int32_t>(integers)).within(0, 1));
  }

  // The vectorised loops beside a plain one, at every length of a rest.
  void anyLengthIsMeasured() {
    uint32_t state = 7;
    std::vector<double> doubles;
    std::vector<float> floats;
    std::vector<int32_t> integers;
    double low = infinity_f64;
    double high = -infinity_f64;
    for (int count = 1; count < 300; ++count) {
      state = state * 1664525U + 1013904223U;
      const auto value = static_cast<int32_t>(state >> 8U) - 8'000'000;
      doubles.push_back(value);
      floats.push_back(static_cast<float>(value));
      integers.push_back(value);
      low = std::min<double>(low, value);
      high = std::max<double>(high, value);
      for (const NumberExtent& extent :
           {columns::extent_of(std::span<const double>(doubles)), columns::extent_of(std::span<const float>(floats)),
            columns::extent_of(std::span<const int32_t>(integers))}) {
        QCOMPARE(extent.min, low);
        QCOMPARE(extent.max, high);
        QVERIFY(extent.whole && extent.empty == 0);
      }
    }
  }

  void onlyWhatU16HoldsIsNarrowed() {
    QVERIFY(fits_u16({0, 65534, empty}));
    for (const double value : {65535.0, -1.0, 0.5, -0.0, infinity_f64, -infinity_f64, 1e300}) {
      QVERIFY2(!fits_u16({1, value}), qPrintable(QString::number(value)));
    }
    const std::array<int32_t, 3> good{0, 65534, empty_i32};
    std::array<uint16_t, 3> narrow{};
    QVERIFY(columns::narrow(std::span<const int32_t>(good), narrow.data()));
    QVERIFY((narrow == std::array<uint16_t, 3>{0, 65534, empty_u16}));
    const std::array<double, 3> same{0, 65534, empty};
    narrow = {};
    QVERIFY(columns::narrow(std::span<const double>(same), narrow.data()));
    QVERIFY((narrow == std::array<uint16_t, 3>{0, 65534, empty_u16}));
    for (const int32_t value : {65535, -1, 70000}) {
      QVERIFY(!columns::narrow(std::span<const int32_t>(&value, 1), narrow.data()));
    }
  }
};

DARKROOM_TEST(NumberLoopsTest);
#include "number_loops_test.moc"
