// SPDX-License-Identifier: GPL-3.0-or-later
// A million rows take some ten milliseconds to smooth, and a plot has ten such lines: too long for the GUI thread while a slider moves.
#pragma once

#include <QObject>
#include <QThreadPool>
#include <memory>

#include "app/series/growing_rows.h"
#include "app/series/smooth_curve.h"

namespace darkroom::app {

/// The smoothed values of a growing series: what is to be shown now, and what is on its way to be shown.
///
/// Few rows are smoothed with a new weight at once, when somebody looks. Many are smoothed by a worker; until it is done the curve is the
/// one of the weight before, with every row that came meanwhile. One worker a line: while weights are set faster than it can follow, it
/// goes from one curve to that of the weight that is asked for then, so that the last one asked is the last one shown. GUI thread only.
class SmoothLine : public QObject {
  Q_OBJECT

 public:
  /// Series with fewer rows never need a worker: ten of them take two or three milliseconds.
  static constexpr size_t kManyRows = 20'000;

  /// rows  must outlive this
  SmoothLine(const GrowingRows& rows, double weight, QObject* parent = nullptr);

  /// Those of all lines. They leave a core to the GUI thread.
  static QThreadPool& workers();

  double weight() const { return m_weight; }
  /// The weight that is asked for from now on, 0 (none) to 0.999.
  void setWeight(double weight);
  /// Has as many rows as there are. The reference holds until rows come or go, the weight changes, or events are processed.
  const SmoothCurve& curve();
  /// A row was appended.
  void rowCame();
  /// Rows left: nothing that was made from them is shown any more.
  void rowsLeft();

 signals:
  /// A worker is done: the curve is another one.
  void replaced();

 private:
  void startWorker();
  void takeOver(const std::shared_ptr<SmoothCurve>& curve, int round);

  const GrowingRows& m_rows;
  double m_weight;
  std::shared_ptr<SmoothCurve> m_shown;  ///< lacks rows while nobody looked at it
  int m_round = 0;                       ///< grows when rows leave
  bool m_working = false;
};

}  // namespace darkroom::app
