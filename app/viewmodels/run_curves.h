// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "app/series/plot_marks.h"
#include "app/series/series_store.h"
#include "app/viewmodels/run_items.h"
#include "core/metrics/step_report.h"

namespace darkroom::app {

/// The rows of a run as curves over four axes, and what is read off them: pace, phases, restarts, the values at a point. GUI thread only.
class RunCurves {
 public:
  enum Metric {
    Loss,       ///< weighted (Min-SNR)
    PlainLoss,  ///< unweighted
    LearningRate,
    GradientNorm,
    Speed,     ///< images/s
    DataWait,  ///< ms a step
    Memory,    ///< peak GiB of a rank
  };
  static constexpr size_t kMetrics = 7;

  RunCurves();

  /// Lives as long as this object, also when its rows leave: plots keep it.
  SeriesStore* series(Metric metric) const { return m_series[metric].get(); }
  size_t size() const { return m_columns->size(); }

  /// All rows leave, in place.
  void clear();
  void append(const std::vector<StepReport>& rows);
  /// Tells plots that rows came or went.
  void announce();
  /// 0 to 0.999, TensorBoard's weight.
  void setSmoothing(double weight);

  /// Over the last 40 rows, pauses left out; NaN until known.
  double secondsPerStep() const { return m_secondsPerStep; }
  /// Mean of the last 40 finite values; NaN while there are none.
  double recentMean(Metric metric) const;
  /// The row nearest to x; not `valid` while there is none. `nearestSave` is left to who knows the checkpoints.
  RunPoint at(SeriesAxis::Kind axis, double x) const;
  /// The phases that began, with the names of the plan (empty where it has none); the last one is open.
  QList<PhaseBand> phaseBands(const QStringList& names) const;
  /// Steps at which the run was resumed, as places on the axes; those beyond the last row are left out.
  QList<RestartMark> restartMarks(const QList<double>& steps) const;

 private:
  std::shared_ptr<SeriesColumns> m_columns;
  std::array<std::unique_ptr<SeriesStore>, kMetrics> m_series;
  std::vector<size_t> m_phaseStarts;  ///< row where each phase begins
  double m_lastTime = 0;              ///< of the newest row, s since 1970
  double m_hours = 0;                 ///< of training up to it
  double m_secondsPerStep = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace darkroom::app
