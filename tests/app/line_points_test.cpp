// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/line_points.h"

#include <algorithm>
#include <cmath>

#include "tests/test_registry.h"

using namespace darkroom::app;  // NOLINT

namespace {

/// A series whose row i stands at x = i + 1.
struct Line {
  explicit Line(const std::vector<float>& values) : columns(std::make_shared<SeriesColumns>()), series(columns) {
    series.setSmoothing(0);
    for (const float value : values) {
      const auto x = static_cast<double>(columns->size() + 1);
      columns->append(x, x / 10, x * 32, x / 3600);
      series.append(value);
    }
  }
  std::shared_ptr<SeriesColumns> columns;
  SeriesStore series;
};

constexpr float kNanFloat = std::numeric_limits<float>::quiet_NaN();

}  // namespace

class LinePointsTest : public QObject {
  Q_OBJECT

 private slots:
  void shortLineHasAllItsFinitePoints() {
    const Line line({1, kNanFloat, 3, 4});
    const LinePoints points = linePoints(line.series, LineKind::raw, SeriesAxis::Step, {0, 5}, 100);
    QCOMPARE(points.x, QList<double>({1, 3, 4}));
    QCOMPARE(points.y, QList<double>({1, 3, 4}));
  }

  void lineRunsOneRowBeyondTheViewToEachSide() {
    const Line line({1, 2, 3, 4, 5, 6, 7, 8});
    const LinePoints points = linePoints(line.series, LineKind::raw, SeriesAxis::Step, {3.5, 5.5}, 100);
    QCOMPARE(points.x, QList<double>({3, 4, 5, 6}));
    QCOMPARE(linePoints(line.series, LineKind::raw, SeriesAxis::Images, {3.5 * 32, 5.5 * 32}, 100).x.size(), 4);
  }

  void theFirstRowFromARowOnIsThatOfAWholeSearch() {
    SeriesColumns columns;
    for (int row = 0; row < 1000; ++row) {
      const double x = row / 3 * 2.0;  // three rows a step, as rows of several launches may have
      columns.append(x, x, x, x);
    }
    const std::vector<double>& x = columns.values[SeriesAxis::Step];
    for (size_t from = 0; from <= 1000; from += 37) {
      for (double value = -3; value < 700; value += 1) {
        const auto whole = static_cast<size_t>(std::lower_bound(x.begin(), x.end(), value) - x.begin());
        QCOMPARE(columns.lowerBound(SeriesAxis::Step, value, from), std::max(whole, from));
      }
    }
    QCOMPARE(SeriesColumns().lowerBound(SeriesAxis::Step, 1, 5), size_t{0});
  }

  void aLineOverOthersHasOneVertexAColumn() {
    std::vector<float> values(100000);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = i % 2 == 0 ? 1.0f : 3.0f;
    }
    const Line line(values);
    const LinePoints points = middlePoints(line.series, LineKind::raw, SeriesAxis::Step, {0, 100000}, 500);
    QVERIFY(points.x.size() <= 501 && points.x.size() >= 499);
    QCOMPARE(points.y[250], 2.0);
    // Where rows are few, every one of them is there.
    QCOMPARE(middlePoints(line.series, LineKind::raw, SeriesAxis::Step, {100, 110}, 500).y.size(), 12);
  }

  void longLineHasAtMostFourVerticesAPixelAndKeepsItsSpikes() {
    std::vector<float> values(100000, 1.0f);
    values[54321] = 50;
    values[77777] = -50;
    const Line line(values);
    constexpr int pixels = 200;
    const LinePoints points = linePoints(line.series, LineKind::raw, SeriesAxis::Step, {0, 100000}, pixels);
    QVERIFY(points.x.size() <= 4 * (pixels + 1));
    QVERIFY(std::is_sorted(points.x.begin(), points.x.end()));
    QVERIFY(points.y.contains(50.0));
    QVERIFY(points.y.contains(-50.0));
  }

  void viewWithoutRowsHasNoPoints() {
    const Line empty({});
    QVERIFY(linePoints(empty.series, LineKind::smoothed, SeriesAxis::Step, {0, 1}, 100).x.isEmpty());
    QVERIFY(rangeBand(empty.series, SeriesAxis::Step, {0, 1}, 100).x.isEmpty());
    const Line line({1, 2, 3});
    // Beyond the last row only that row is left, for the line that comes in from the left.
    QCOMPARE(linePoints(line.series, LineKind::raw, SeriesAxis::Step, {50, 60}, 100).x, QList<double>({3}));
  }

  void bandHoldsEveryValueAndEndsAtTheNewestRow() {
    std::vector<float> values;
    for (int i = 0; i < 1000; ++i) {
      values.push_back(static_cast<float>(i % 7));
    }
    const Line line(values);
    const RangeBand band = rangeBand(line.series, SeriesAxis::Step, {0, 2000}, 100);
    QVERIFY(band.x.last() <= 1000);
    for (qsizetype i = 0; i < band.x.size(); ++i) {
      QCOMPARE(band.low[i], 0.0);
      QCOMPARE(band.high[i], 6.0);
    }
  }

  void quantileNeedsNoOrder() {
    QCOMPARE(quantile({9, 1, 5, 3, 7}, 0.5), 5.0);
    QCOMPARE(quantile({9, 1, 5, 3, 7}, 0), 1.0);
    QCOMPARE(quantile({9, 1, 5, 3, 7}, 1), 9.0);
    QVERIFY(std::isnan(quantile({}, 0.5)));
  }

  void nearestRowIsFoundOnEveryAxis() {
    const Line line({1, 2, 3, 4});
    const SeriesColumns& columns = *line.columns;
    QCOMPARE(columns.nearest(SeriesAxis::Step, 2.4).value(), size_t{1});
    QCOMPARE(columns.nearest(SeriesAxis::Step, 2.5).value(), size_t{2});
    QCOMPARE(columns.nearest(SeriesAxis::Step, -100).value(), size_t{0});
    QCOMPARE(columns.nearest(SeriesAxis::Step, 1e9).value(), size_t{3});
    QCOMPARE(columns.nearest(SeriesAxis::Images, 32 * 2.9).value(), size_t{2});
    QVERIFY(!columns.nearest(SeriesAxis::Step, std::numeric_limits<double>::quiet_NaN()));
    QVERIFY(!SeriesColumns().nearest(SeriesAxis::Step, 1));
  }
};

DARKROOM_TEST(LinePointsTest);
#include "line_points_test.moc"
