// SPDX-License-Identifier: GPL-3.0-or-later
// A worker hands its curve over by an event: until a test lets events pass, everything stays as it is, however fast the worker was.
#include "app/series/smooth_line.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <cmath>
#include <random>

#include "tests/test_registry.h"

using namespace darkroom::app;  // NOLINT

namespace {

constexpr size_t kMany = 5 * SmoothLine::kManyRows;

/// Rows with gaps, and their line, which somebody has looked at.
struct Plotted {
  explicit Plotted(size_t count) {
    append(count);
    line.curve();
  }
  void append(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      rows.append(rows.size() % 97 == 5 ? std::numeric_limits<float>::quiet_NaN() : normal(random));
      line.rowCame();
    }
  }
  void truncate(size_t size) {
    rows.truncate(size);
    line.rowsLeft();
  }
  /// Sets a weight and looks, as a frame does.
  const SmoothCurve& ask(double weight) {
    line.setWeight(weight);
    return line.curve();
  }

  std::mt19937 random{7};
  std::normal_distribution<float> normal;
  GrowingRows rows;
  SmoothLine line{rows, 0.98};
};

/// Whether a curve is the one that is made of the rows at once.
bool isWhole(const SmoothCurve& curve, const std::vector<float>& rows, double weight) {
  SmoothCurve expected(weight);
  expected.follow(rows);
  const auto same = [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  const size_t third = rows.size() / 3;
  return curve.weight() == weight && curve.best() == expected.best() && curve.bestRow() == expected.bestRow() &&
         std::equal(curve.values().begin(), curve.values().end(), expected.values().begin(), expected.values().end(), same) &&
         curve.range(third, 2 * third).min == expected.range(third, 2 * third).min &&
         curve.range(0, rows.size()).max == expected.range(0, rows.size()).max;
}

void letWorkersEnd() {
  SmoothLine::workers().waitForDone();
  QCoreApplication::processEvents();
}

}  // namespace

class SmoothLineTest : public QObject {
  Q_OBJECT

 private slots:
  void curveInPiecesIsTheCurveOfAll() {
    const Plotted plot(3000);
    SmoothCurve pieces(0.9);
    for (const size_t end : {size_t{0}, size_t{1}, size_t{40}, size_t{1000}, size_t{1001}, size_t{3000}}) {
      pieces.follow(std::span<const float>(plot.rows.values()).first(end));
    }
    QVERIFY(isWhole(pieces, plot.rows.values(), 0.9));
  }

  void fewRowsAreSmoothedAtOnce() {
    Plotted plot(SmoothLine::kManyRows - 1);
    const QSignalSpy replaced(&plot.line, &SmoothLine::replaced);
    QVERIFY(isWhole(plot.ask(0.5), plot.rows.values(), 0.5));
    plot.append(10);  // many from here on
    QVERIFY(isWhole(plot.line.curve(), plot.rows.values(), 0.5));
    letWorkersEnd();
    QCOMPARE(replaced.count(), 0);
  }

  void aWorkersCurveIsTheOneThatIsMadeAtOnce() {
    Plotted plot(kMany);
    const QSignalSpy replaced(&plot.line, &SmoothLine::replaced);
    QVERIFY(isWhole(plot.ask(0.5), plot.rows.values(), 0.98));  // the line before, until then
    QTRY_COMPARE(replaced.count(), 1);
    QVERIFY(isWhole(plot.line.curve(), plot.rows.values(), 0.5));
    letWorkersEnd();
    QCOMPARE(replaced.count(), 1);  // nothing is left to do
  }

  void rowsThatComeMeanwhileAreInBothCurves() {
    Plotted plot(kMany);
    const QSignalSpy replaced(&plot.line, &SmoothLine::replaced);
    plot.ask(0.5);
    plot.append(2 * kMany);  // the rows' array grows into another one while the worker reads
    QVERIFY(isWhole(plot.line.curve(), plot.rows.values(), 0.98));
    QTRY_COMPARE(replaced.count(), 1);
    QVERIFY(isWhole(plot.line.curve(), plot.rows.values(), 0.5));
    plot.append(100);
    QVERIFY(isWhole(plot.line.curve(), plot.rows.values(), 0.5));
  }

  void theLastWeightAskedIsTheLastOneShown() {
    Plotted plot(kMany);
    QList<double> shown;
    connect(&plot.line, &SmoothLine::replaced, &plot.line, [&] { shown << plot.line.curve().weight(); });
    for (const double weight : {0.5, 0.6, 0.7, 0.8, 0.9}) {
      plot.ask(weight);
    }
    QTRY_COMPARE(plot.line.curve().weight(), 0.9);
    letWorkersEnd();
    letWorkersEnd();
    // One worker at a time: the weights between were never made.
    QCOMPARE(shown, QList<double>({0.5, 0.9}));
    QVERIFY(isWhole(plot.line.curve(), plot.rows.values(), 0.9));
  }

  void aWeightThatWasTakenBackIsNotShown() {
    Plotted plot(kMany);
    const QSignalSpy replaced(&plot.line, &SmoothLine::replaced);
    plot.ask(0.5);
    plot.ask(0.98);
    letWorkersEnd();
    QCOMPARE(replaced.count(), 0);
    QVERIFY(isWhole(plot.line.curve(), plot.rows.values(), 0.98));
    plot.ask(0.6);
    QTRY_COMPARE(replaced.count(), 1);
    QCOMPARE(plot.line.curve().weight(), 0.6);
  }

  void whatWasMadeOfRowsThatLeftIsNotShown() {
    Plotted plot(kMany);
    const QSignalSpy replaced(&plot.line, &SmoothLine::replaced);
    plot.ask(0.5);
    plot.truncate(100);
    plot.append(50);
    letWorkersEnd();
    QCOMPARE(replaced.count(), 0);
    QVERIFY(isWhole(plot.line.curve(), plot.rows.values(), 0.5));
  }

  void aLineWhoseRowsWereChangedUnderAWorkerIsMadeAgain() {
    Plotted plot(kMany);
    plot.ask(0.5);
    plot.truncate(0);
    plot.append(kMany);  // other numbers
    QVERIFY(isWhole(plot.line.curve(), plot.rows.values(), 0.5));
    const QSignalSpy replaced(&plot.line, &SmoothLine::replaced);
    plot.ask(0.7);
    QTRY_COMPARE(plot.line.curve().weight(), 0.7);
    QVERIFY(isWhole(plot.line.curve(), plot.rows.values(), 0.7));
    QCOMPARE(replaced.count(), 1);  // by the new rows' curve alone
  }

  void aLineMayGoWhileItsWorkerWorks() {
    auto plot = std::make_unique<Plotted>(kMany);
    plot->ask(0.5);
    plot.reset();
    letWorkersEnd();
    QVERIFY(SmoothLine::workers().activeThreadCount() == 0);
  }

  void whoAsksIsNotHeldUp() {
    GrowingRows rows;
    for (int row = 0; row < 1'000'000; ++row) {
      rows.append(static_cast<float>(row % 1000));
    }
    QElapsedTimer timer;
    timer.start();
    std::vector<std::unique_ptr<SmoothLine>> lines;
    for (int line = 0; line < 10; ++line) {
      lines.push_back(std::make_unique<SmoothLine>(rows, 0.98));
      lines.back()->curve();
    }
    const double first_ms = static_cast<double>(timer.nsecsElapsed()) * 1e-6;
    timer.restart();
    for (const std::unique_ptr<SmoothLine>& line : lines) {
      line->setWeight(0.5);
      line->curve();
    }
    const double asked_ms = static_cast<double>(timer.nsecsElapsed()) * 1e-6;
    qInfo("ten lines of a million rows: smoothed at once in %.1f ms, asked of workers in %.3f ms", first_ms, asked_ms);
    QVERIFY2(asked_ms < first_ms / 2, "whoever asks waits for the workers");
    for (const std::unique_ptr<SmoothLine>& line : lines) {
      QTRY_COMPARE(line->curve().weight(), 0.5);
    }
  }
};

DARKROOM_TEST(SmoothLineTest);
#include "smooth_line_test.moc"
