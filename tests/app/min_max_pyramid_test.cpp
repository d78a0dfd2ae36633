// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/min_max_pyramid.h"

#include <cmath>
#include <limits>
#include <random>

#include "tests/test_registry.h"

using namespace darkroom::app;  // NOLINT

class MinMaxPyramidTest : public QObject {
  Q_OBJECT

  static MinMax slow(const std::vector<float>& values, size_t first, size_t last) {
    MinMax range{std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};
    for (size_t i = first; i < std::min(last, values.size()); ++i) {
      if (std::isfinite(values[i])) {
        range.min = std::min(range.min, values[i]);
        range.max = std::max(range.max, values[i]);
      }
    }
    return range;
  }

 private slots:
  void pyramidAnswersLikeAScan() {
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    std::vector<float> values;
    MinMaxPyramid pyramid;
    for (int i = 0; i < 20000; ++i) {
      values.push_back(i % 97 == 0 ? std::numeric_limits<float>::quiet_NaN() : normal(random));
      pyramid.append(values.back());
    }
    for (int i = 0; i < 3000; ++i) {
      const size_t first = random() % values.size();
      const size_t last = first + random() % (values.size() - first + 1);
      const MinMax expected = slow(values, first, last);
      const MinMax got = pyramid.range(first, last, values);
      QCOMPARE(got.min, expected.min);
      QCOMPARE(got.max, expected.max);
    }
  }

  void pyramidIsRightAfterEveryTruncation() {
    std::mt19937 random(8);
    for (const size_t size : {0u, 1u, 15u, 16u, 17u, 127u, 128u, 129u, 1023u, 1024u, 1025u, 1500u, 8191u, 8193u}) {
      std::vector<float> values;
      MinMaxPyramid pyramid;
      for (int i = 0; i < 9000; ++i) {
        values.push_back(static_cast<float>(random() % 1000));
        pyramid.append(values.back());
      }
      pyramid.truncate(size, values);
      values.resize(size);
      for (int i = 0; i < 700; ++i) {
        values.push_back(static_cast<float>(random() % 1000));
        pyramid.append(values.back());
      }
      for (size_t first = 0; first < values.size(); first += 61) {
        const MinMax expected = slow(values, first, values.size());
        const MinMax got = pyramid.range(first, values.size(), values);
        QCOMPARE(got.min, expected.min);
        QCOMPARE(got.max, expected.max);
      }
    }
  }

  void emptyRangeHasNoValues() {
    MinMaxPyramid pyramid;
    const std::vector<float> none;
    QVERIFY(pyramid.range(0, 10, none).min > pyramid.range(0, 10, none).max);
  }

  void clearedPyramidStartsAgain() {
    MinMaxPyramid pyramid;
    for (int i = 0; i < 300; ++i) {
      pyramid.append(1000);
    }
    pyramid.clear();
    pyramid.append(3);
    const MinMax range = pyramid.range(0, 300, {3});
    QCOMPARE(range.min, 3.0f);
    QCOMPARE(range.max, 3.0f);
  }
};

DARKROOM_TEST(MinMaxPyramidTest);
#include "min_max_pyramid_test.moc"
