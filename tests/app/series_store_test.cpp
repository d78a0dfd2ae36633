// SPDX-License-Identifier: GPL-3.0-or-later
#include <QSignalSpy>
#include <cmath>

#include "app/series/series_store.h"
#include "tests/test_registry.h"

using namespace darkroom::app;  // NOLINT

class SeriesStoreTest : public QObject {
  Q_OBJECT

 private slots:
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

  void aLongSeriesTellsPlotsWhenItsSmoothedLineIsThere() {
    auto columns = std::make_shared<SeriesColumns>();
    SeriesStore series(columns);
    const int rows = static_cast<int>(SmoothLine::kManyRows);
    for (int i = 0; i < rows; ++i) {
      columns->append(i, i, i, i);
      series.append(i == rows / 2 ? -1.0f : 1.0f);
    }
    const double before = series.best();
    QVERIFY(before > 0.9);
    const QSignalSpy changed(&series, &SeriesStore::changed);
    const QSignalSpy resmoothed(&series, &SeriesStore::resmoothed);
    series.setSmoothing(0);
    QCOMPARE(changed.count(), 1);  // so that they look
    QCOMPARE(series.best(), before);
    QTRY_COMPARE(changed.count(), 2);
    QCOMPARE(resmoothed.count(), 1);
    QCOMPARE(series.best(), -1.0);
    QCOMPARE(series.bestRow(), rows / 2);
    QCOMPARE(series.smoothedRange(0, static_cast<size_t>(rows)).min, -1.0f);
    QCOMPARE(series.smoothed(), series.raw());
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
