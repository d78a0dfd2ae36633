// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/axis_range.h"

#include <cmath>

#include "tests/test_registry.h"

using namespace darkroom::app;  // NOLINT

class AxisRangeTest : public QObject {
  Q_OBJECT

 private slots:
  void pointUnderThePointerStaysWhereItIs() {
    const AxisRange before{100, 300};
    const AxisRange after = zoomed(before, 150, 1, 1000);
    QCOMPARE(after.size(), 200 * 0.85);
    QCOMPARE((150 - after.from) / after.size(), (150 - before.from) / before.size());
    const AxisRange back = zoomed(after, 150, -1, 1000);
    QCOMPARE(back.from, before.from);
    QCOMPARE(back.to, before.to);
  }

  void turningBackEndsAtEverything() {
    AxisRange range{100, 300};
    for (int notch = 0; notch < 40 && range.chosen(); ++notch) {
      range = zoomed(range, 150, -1, 1000);
      QVERIFY(!range.chosen() || (range.from >= 0 && range.to <= 1060));
    }
    QVERIFY(std::isnan(range.from) && std::isnan(range.to));
  }

  void narrowestViewStays() {
    AxisRange range{0, 1000};
    for (int notch = 0; notch < 500; ++notch) {
      range = zoomed(range, 500, 1, 1000);
    }
    QVERIFY(range.chosen());
    QVERIFY(range.size() > 1000 * 1e-7);
    const AxisRange again = zoomed(range, 500, 1, 1000);
    QCOMPARE(again.from, range.from);
    QCOMPARE(again.to, range.to);
  }

  void panningKeepsTheSizeAndStopsAtZero() {
    AxisRange range = panned({100, 300}, 50);
    QCOMPARE(range.from, 150.0);
    QCOMPARE(range.to, 350.0);
    range = panned({100, 300}, -500);
    QCOMPARE(range.from, 0.0);
    QCOMPARE(range.to, 200.0);
  }

  void onlyFiniteRangesInOrderAreChosen() {
    QVERIFY((AxisRange{0, 1}).chosen());
    QVERIFY(!AxisRange::everything().chosen());
    QVERIFY(!(AxisRange{2, 2}).chosen());
    QVERIFY(!(AxisRange{3, 2}).chosen());
  }
};

DARKROOM_TEST(AxisRangeTest);
#include "axis_range_test.moc"
