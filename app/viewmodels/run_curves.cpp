// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/run_curves.h"

#include <cmath>

namespace darkroom::app {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kRecent = 40;  ///< rows that speed and waiting are meant over

}  // namespace

RunCurves::RunCurves() : m_columns(std::make_shared<SeriesColumns>()) {
  for (std::unique_ptr<SeriesStore>& series : m_series) {
    series = std::make_unique<SeriesStore>(m_columns);
  }
}

void RunCurves::clear() {
  m_columns->truncate(0);
  for (const std::unique_ptr<SeriesStore>& series : m_series) {
    series->truncate(0);
  }
  m_phaseStarts.clear();
  m_lastTime = m_hours = 0;
  m_secondsPerStep = kNan;
}

void RunCurves::append(const std::vector<StepReport>& rows) {
  for (const StepReport& row : rows) {
    // A pause is no training: a gap that is much longer than a step counts as one step.
    const double step_s = std::isfinite(row.step_ms) ? row.step_ms / 1000 : 0;
    const double gap_s = m_lastTime > 0 ? row.time - m_lastTime : step_s;
    m_hours += (gap_s < 0 || gap_s > 30 + 10 * step_s ? step_s : gap_s) / 3600;
    m_lastTime = row.time;
    while (static_cast<int64_t>(m_phaseStarts.size()) <= row.phase) {
      m_phaseStarts.push_back(m_columns->size());
    }
    m_columns->append(static_cast<double>(row.step), row.epoch, static_cast<double>(row.images), m_hours);
    const std::array<double, kMetrics> values{row.loss,         row.loss_unweighted, row.lr,      row.grad_norm,
                                              row.images_per_s, row.data_wait_ms,    row.peak_gib};
    for (size_t metric = 0; metric < kMetrics; ++metric) {
      m_series[metric]->append(static_cast<float>(values[metric]));
    }
  }
  if (!rows.empty()) {
    const std::vector<double>& step = m_columns->values[SeriesAxis::Step];
    const std::vector<double>& time = m_columns->values[SeriesAxis::Time];
    const size_t from = size() > kRecent ? size() - kRecent : 0;
    const double steps = step.back() - step[from];
    const double hours = time.back() - time[from];
    const double last_ms = rows.back().step_ms;
    m_secondsPerStep = steps > 0 && hours > 0 ? hours * 3600 / steps : std::isfinite(last_ms) ? last_ms / 1000 : kNan;
  }
}

void RunCurves::announce() {
  for (const std::unique_ptr<SeriesStore>& series : m_series) {
    series->announce();
  }
}

void RunCurves::setSmoothing(double weight) {
  for (const std::unique_ptr<SeriesStore>& series : m_series) {
    series->setSmoothing(weight);
  }
}

double RunCurves::recentMean(Metric metric) const {
  const std::vector<float>& values = m_series[metric]->raw();
  double sum = 0;
  size_t count = 0;
  // Where most rows have no value, the search ends some way back.
  for (size_t i = values.size(); i-- > 0 && count < kRecent && values.size() - i <= 4 * kRecent;) {
    if (std::isfinite(values[i])) {
      sum += static_cast<double>(values[i]);
      ++count;
    }
  }
  return count > 0 ? sum / static_cast<double>(count) : kNan;
}

RunPoint RunCurves::at(SeriesAxis::Kind axis, double x) const {
  RunPoint point;
  const std::optional<size_t> row = m_columns->nearest(axis, x);
  if (!row) {
    return point;
  }
  const auto raw = [&](Metric metric) { return static_cast<double>(m_series[metric]->raw()[*row]); };
  point.valid = true;
  point.x = m_columns->values[axis][*row];
  point.step = m_columns->values[SeriesAxis::Step][*row];
  point.epoch = m_columns->values[SeriesAxis::Epoch][*row];
  point.loss = static_cast<double>(m_series[Loss]->smoothed()[*row]);
  point.rawLoss = raw(Loss);
  point.learningRate = raw(LearningRate);
  point.gradientNorm = raw(GradientNorm);
  point.imagesPerSecond = raw(Speed);
  return point;
}

QList<PhaseBand> RunCurves::phaseBands(const QStringList& names) const {
  QList<PhaseBand> bands;
  for (size_t phase = 0; phase < m_phaseStarts.size(); ++phase) {
    PhaseBand band;
    band.name = names.value(static_cast<qsizetype>(phase));
    for (int axis = 0; axis < 4; ++axis) {
      const std::vector<double>& x = m_columns->values[axis];
      band.from[axis] = phase == 0 ? 0 : x[m_phaseStarts[phase]];
      band.to[axis] = phase + 1 == m_phaseStarts.size() ? kNan : x[m_phaseStarts[phase + 1]];
    }
    bands.append(band);
  }
  return bands;
}

QList<RestartMark> RunCurves::restartMarks(const QList<double>& steps) const {
  QList<RestartMark> marks;
  for (const double step : steps) {
    const size_t row = m_columns->lowerBound(SeriesAxis::Step, step);
    if (row < size()) {
      RestartMark mark;
      for (int axis = 0; axis < 4; ++axis) {
        mark.x[axis] = m_columns->values[axis][row];
      }
      marks.append(mark);
    }
  }
  return marks;
}

}  // namespace darkroom::app
