// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <random>

#include "app/series/series_store.h"
#include "tests/test_registry.h"

using namespace darkroom::app;  // NOLINT

class SeriesStoreTest : public QObject {
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

  void smoothingIsTensorBoards() {
    auto columns = std::make_shared<SeriesColumns>();
    SeriesStore series(columns);
    series.setSmoothing(0.5);
    for (const float value : {1.0f, 3.0f, std::numeric_limits<float>::quiet_NaN(), 5.0f}) {
      columns->append(columns->size() + 1.0, 0, 0, 0);
      series.append(value);
    }
    // m1 = 0.5, /(1-0.5) = 1; m2 = 1.75, /(1-0.25) = 2.3333; a gap changes nothing; m3 = 3.375, /(1-0.125) = 3.857142…
    QCOMPARE(series.smoothed()[0], 1.0f);
    QCOMPARE(series.smoothed()[1], 1.75f / 0.75f);
    QVERIFY(std::isnan(series.smoothed()[2]));
    QCOMPARE(series.smoothed()[3], 3.375f / 0.875f);
    QCOMPARE(series.bestRow(), 0);
    series.setSmoothing(0);
    QCOMPARE(series.smoothed()[3], 5.0f);
  }

  void truncatedSeriesGoesOnAsIfTheRowsHadNeverBeen() {
    auto columns = std::make_shared<SeriesColumns>();
    SeriesStore cut(columns);
    SeriesStore straight(columns);
    for (int i = 0; i < 100; ++i) {
      cut.append(static_cast<float>(i < 40 ? i : 1000));
    }
    cut.truncate(40);
    for (int i = 0; i < 60; ++i) {
      straight.append(static_cast<float>(i));
      if (i >= 40) {
        cut.append(static_cast<float>(i));
      }
    }
    QCOMPARE(cut.smoothed(), straight.smoothed());
    QCOMPARE(cut.rawRange(0, 60).max, 59.0f);
  }

  void aMillionPointsAreAppendedAndAskedInMilliseconds() {
    auto columns = std::make_shared<SeriesColumns>();
    SeriesStore series(columns);
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 1000000; ++i) {
      columns->append(i, i, i, i);
      series.append(static_cast<float>(i % 1000));
    }
    const qint64 append_ms = timer.restart();
    float sum = 0;
    for (size_t pixel = 0; pixel < 2000; ++pixel) {
      sum += series.rawRange(pixel * 500, pixel * 500 + 500).max;
    }
    const qint64 ask_ms = timer.elapsed();
    qInfo("1M points appended in %lld ms, 2000 columns asked in %lld ms", append_ms, ask_ms);
    QVERIFY(sum > 0);
    QVERIFY2(ask_ms < 50, "a frame's questions take too long");
  }
};

DARKROOM_TEST(SeriesStoreTest);
#include "series_store_test.moc"
