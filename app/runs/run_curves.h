// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "app/runs/run_items.h"
#include "app/series/noise_field.h"
#include "app/series/plot_marks.h"
#include "app/series/series_store.h"
#include "core/metrics/step_report.h"
#include "core/plan/training_plan.h"

namespace darkroom::app {

/// The rows of a run as curves over four axes, and what is read off them: pace, phases, restarts, the values at a point. GUI thread only.
class RunCurves {
 public:
  enum Metric {
    Loss,       ///< weighted (Min-SNR)
    PlainLoss,  ///< unweighted
    LearningRate,
    GradientNorm,
    Speed,           ///< images/s
    DataWait,        ///< ms a step
    Memory,          ///< peak GiB of a rank
    Validation,      ///< weighted; over the validated steps alone, like the next one
    PlainValidation  ///< unweighted
  };
  static constexpr size_t kMetrics = 9;

  RunCurves();

  /// Lives as long as this object, also when its rows leave: plots keep it.
  SeriesStore* series(Metric metric) const { return m_series[metric].get(); }
  NoiseField* noise() const { return m_noise.get(); }
  size_t size() const { return m_columns->size(); }

  /// A curve that some runs have: the unweighted validation loss of a source, or what a worker's memory does, GiB.
  struct Part {
    QString name;  ///< of the dataset; "worker 1"
    SeriesStore* series = nullptr;
  };
  /// In the order in which they first had a value.
  QList<Part> validationBySource() const;
  enum class MemoryKind { live, reserved, peak };
  QList<Part> memoryByRank(MemoryKind kind) const;
  /// The newest value of a rank that is finite; NaN where it has none.
  double memoryOf(int rank, MemoryKind kind) const;

  /// Names the sources of rows that are appended from now on.
  void setPlan(const TrainingPlan& plan);
  /// All rows leave, in place; curves that not every run has are deleted.
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
  /// The newest x of an axis; 0 while there are no rows.
  double end(SeriesAxis::Kind axis) const { return size() > 0 ? m_columns->values[axis].back() : 0; }
  /// Where the run stood at a moment of the wall clock: at the newest row that is not later.
  struct Place {
    size_t row = 0;
    std::array<double, 4> x{};  ///< by SeriesAxis::Kind
  };
  /// Absent before the first row, and where that row is long gone (a pause).
  ///
  /// A clock that was set back shows an hour twice: of the rows that fit, the first from row `from` on is meant. What is asked for in order
  /// gives each time the row that was found before, and gets places in order.
  std::optional<Place> placeAt(double time, size_t from = 0) const;
  double lastTime() const { return m_lastTime; }
  /// The row nearest to x; not `valid` while there is none. `nearestSave` is left to who knows the checkpoints.
  RunPoint at(SeriesAxis::Kind axis, double x) const;
  /// Index of the phase that a step lies in; 0 while there are no rows.
  int64_t phaseOf(double step) const;
  /// The x of a step on an axis; NaN without rows.
  double xOfStep(SeriesAxis::Kind axis, double step) const;
  /// The validation loss of a source at a step or the validation before it; NaN where there is none.
  double validationAt(const QString& source, double step) const;
  /// The phases that began, with the names of the plan (empty where it has none); the last one is open.
  QList<PhaseBand> phaseBands(const QStringList& names) const;
  /// Steps at which the run was resumed, as places on the axes; those beyond the last row are left out.
  QList<RestartMark> restartMarks(const QList<double>& steps) const;

 private:
  struct Named {
    QString name;
    std::unique_ptr<SeriesStore> series;
  };
  static constexpr size_t kMemoryKinds = 3;

  QString sourceName(int64_t phase, size_t index) const;
  void appendValidation(const StepReport& row);
  void appendMemory(const StepReport& row);
  template <typename Visit>
  void visitAll(Visit&& visit) const;

  std::shared_ptr<SeriesColumns> m_columns;
  std::shared_ptr<SeriesColumns> m_validationColumns;
  std::array<std::unique_ptr<SeriesStore>, kMetrics> m_series;
  std::unique_ptr<NoiseField> m_noise;
  std::vector<Named> m_sources;                                                                   ///< over m_validationColumns
  std::array<std::array<std::unique_ptr<SeriesStore>, max_report_ranks>, kMemoryKinds> m_memory;  ///< null until there is a value
  std::vector<QStringList> m_sourceNames;                                                         ///< of each phase of the plan
  std::vector<double> m_times;                                                                    ///< of each row, s since 1970
  std::vector<size_t> m_clockSetBack;  ///< rows that are earlier than the one before
  std::vector<bool> m_skipped;         ///< of each row
  std::vector<size_t> m_phaseStarts;   ///< row where each phase begins
  double m_smoothing = 0.98;
  double m_lastTime = 0;  ///< of the newest row, s since 1970
  double m_hours = 0;     ///< of training up to it
  double m_secondsPerStep = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace darkroom::app
