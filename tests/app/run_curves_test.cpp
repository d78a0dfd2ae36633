// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_curves.h"

#include <cmath>

#include "app/runs/run_devices.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

namespace {

StepReport curveStep(int64_t step, double time, int64_t phase = 0) {
  StepReport report;
  report.step = report.micro_steps = step;
  report.images = step * 32;
  report.epoch = static_cast<double>(step) / 10;
  report.phase = phase;
  report.time = time;
  report.step_ms = 2000;
  report.loss = 1.0 / static_cast<double>(step);
  report.lr = 1e-4;
  report.images_per_s = static_cast<double>(step);
  return report;
}

std::vector<StepReport> curveSteps(int64_t from, int64_t to) {
  std::vector<StepReport> result;
  for (int64_t step = from; step <= to; ++step) {
    result.push_back(curveStep(step, 1000 + 2.0 * static_cast<double>(step)));
  }
  return result;
}

}  // namespace

class RunCurvesTest : public QObject {
  Q_OBJECT

 private slots:
  void hoursLeaveOutPauses() {
    RunCurves curves;
    curves.append({curveStep(1, 1000), curveStep(2, 1002), curveStep(3, 1002 + 86400), curveStep(4, 1004 + 86400)});
    // Two seconds a step; the night between counts as one step.
    QCOMPARE(curves.at(SeriesAxis::Time, 1).x, 4 * 2.0 / 3600);
    QCOMPARE(curves.secondsPerStep(), 2.0);
  }

  void valuesAreReadAtTheNearestRow() {
    RunCurves curves;
    QVERIFY(!curves.at(SeriesAxis::Step, 1).valid);
    curves.append(curveSteps(1, 10));
    const RunPoint point = curves.at(SeriesAxis::Images, 32 * 4.4);
    QVERIFY(point.valid);
    QCOMPARE(point.step, 4.0);
    QCOMPARE(point.rawLoss, 0.25);
    QCOMPARE(point.imagesPerSecond, 4.0);
    QCOMPARE(point.nearestSave, -1.0);
    QVERIFY(!curves.at(SeriesAxis::Step, std::numeric_limits<double>::quiet_NaN()).valid);
  }

  void recentMeanLooksAtTheLastFortyRows() {
    RunCurves curves;
    QVERIFY(std::isnan(curves.recentMean(RunCurves::Speed)));
    curves.append(curveSteps(1, 100));
    QCOMPARE(curves.recentMean(RunCurves::Speed), 80.5);
  }

  void clearedCurvesKeepTheirSeriesForThePlots() {
    RunCurves curves;
    SeriesStore* loss = curves.series(RunCurves::Loss);
    curves.append(curveSteps(1, 100));
    curves.clear();
    QCOMPARE(curves.series(RunCurves::Loss), loss);
    QCOMPARE(loss->count(), 0);
    QVERIFY(std::isnan(curves.secondsPerStep()));
    QVERIFY(curves.phaseBands({"one"}).isEmpty());
    curves.append(curveSteps(1, 3));
    QCOMPARE(loss->count(), 3);
  }

  void phasesBeginWhereTheirFirstRowIs() {
    RunCurves curves;
    curves.append({curveStep(1, 1000), curveStep(2, 1002), curveStep(3, 1004, 1), curveStep(4, 1006, 1)});
    const QList<PhaseBand> bands = curves.phaseBands({"warm up"});
    QCOMPARE(bands.size(), 2);
    QCOMPARE(bands[0].name, QString("warm up"));
    QCOMPARE(bands[0].from[SeriesAxis::Step], 0.0);
    QCOMPARE(bands[0].to[SeriesAxis::Step], 3.0);
    QVERIFY(bands[1].name.isEmpty());
    QCOMPARE(bands[1].from[SeriesAxis::Images], 96.0);
    QVERIFY(std::isnan(bands[1].to[SeriesAxis::Step]));
  }

  void deviceLinesStayInTheirPlacesWhenTheClockIsSetBack() {
    RunCurves curves;
    RunDevices devices;
    std::vector<StepReport> steps;
    std::vector<DeviceRow> lines;
    const auto train = [&](int64_t from, int64_t to, double time) {
      for (int64_t step = from; step <= to; ++step, time += 2) {
        steps.push_back(curveStep(step, time));
        lines.push_back({.device = 0, .time = time + 0.5, .load = static_cast<float>(step) / 100, .used_gib = static_cast<float>(step)});
      }
    };
    train(1, 50, 100'000);
    train(51, 100, 100'040);            // an hour shown twice, on a small scale: 60 of 100 seconds
    train(101, 150, 100'300 - 86'400);  // and a day
    train(151, 200, 200'000);           // and forward
    curves.append(steps);
    QVERIFY(!devices.append(lines, curves, true, 1000));
    const QList<RunCurves::Part> used = devices.parts(RunDevices::Used);
    QCOMPARE(used.size(), 1);
    const std::vector<float>& values = used[0].series->raw();
    const std::vector<double>& places = used[0].series->columns().values[SeriesAxis::Step];
    QCOMPARE(values.size(), size_t{200});
    for (size_t i = 0; i < values.size(); ++i) {
      QCOMPARE(static_cast<double>(values[i]), places[i]);  // a line's number is the step that it was written after
    }
    // An hour is a training hour, whatever the clock said.
    QVERIFY(curves.end(SeriesAxis::Time) < 200 * 2.0 / 3600 * 1.05);
    QVERIFY(curves.secondsPerStep() > 0);
  }

  void restartBeyondTheLastRowHasNoMarkYet() {
    RunCurves curves;
    curves.append(curveSteps(1, 10));
    const QList<RestartMark> marks = curves.restartMarks({5, 50});
    QCOMPARE(marks.size(), 1);
    QCOMPARE(marks[0].x[SeriesAxis::Images], 160.0);
  }
};

DARKROOM_TEST(RunCurvesTest);
#include "run_curves_test.moc"
