// SPDX-License-Identifier: GPL-3.0-or-later
// Validations are a row in a thousand: their curves have columns of their own, else they would be gaps with a point here and there.
#include "app/runs/run_curves.h"
#include "app/series/nan.h"

#include <QFileInfo>
#include <algorithm>
#include <cmath>

namespace darkroom::app {
namespace {

constexpr size_t kRecent = 40;   ///< rows that speed and waiting are meant over
constexpr double kPause_s = 30;  ///< a gap of so much more than ten steps is a pause

bool isValidation(size_t metric) { return metric == RunCurves::Validation || metric == RunCurves::PlainValidation; }

const std::array<double, max_report_ranks>& memoryOfRow(const StepReport& row, size_t kind) {
  return kind == 0 ? row.live_gib_by_rank : kind == 1 ? row.reserved_gib_by_rank : row.peak_gib_by_rank;
}

}  // namespace

RunCurves::RunCurves()
    : m_columns(std::make_shared<SeriesColumns>()),
      m_validationColumns(std::make_shared<SeriesColumns>()),
      m_noise(std::make_unique<NoiseField>(m_columns, noise_bins)) {
  for (size_t metric = 0; metric < kMetrics; ++metric) {
    m_series[metric] = std::make_unique<SeriesStore>(isValidation(metric) ? m_validationColumns : m_columns);
  }
}

template <typename Visit>
void RunCurves::visitAll(Visit&& visit) const {
  for (const std::unique_ptr<SeriesStore>& series : m_series) {
    visit(*series);
  }
  for (const auto& ranks : m_memory) {
    for (const std::unique_ptr<SeriesStore>& series : ranks) {
      if (series) {
        visit(*series);
      }
    }
  }
  for (const Named& source : m_sources) {
    visit(*source.series);
  }
}

void RunCurves::setPlan(const TrainingPlan& plan) {
  m_sourceNames.clear();
  for (const PhasePlan& phase : plan.phases) {
    QStringList names;
    for (const SourcePlan& source : phase.sources) {
      names << QFileInfo(QString::fromStdString(source.dataset)).fileName();
    }
    m_sourceNames.push_back(names);
  }
}

QString RunCurves::sourceName(int64_t phase, size_t index) const {
  const QStringList names =
      phase >= 0 && phase < static_cast<int64_t>(m_sourceNames.size()) ? m_sourceNames[static_cast<size_t>(phase)] : QStringList();
  const auto place = static_cast<qsizetype>(index);
  return place < names.size() ? names[place] : QStringLiteral("source %1").arg(index + 1);
}

void RunCurves::clear() {
  m_columns->truncate(0);
  m_validationColumns->truncate(0);
  for (const std::unique_ptr<SeriesStore>& series : m_series) {
    series->truncate(0);
  }
  m_noise->truncate(0);
  m_sources.clear();
  for (auto& ranks : m_memory) {
    for (std::unique_ptr<SeriesStore>& series : ranks) {
      series.reset();
    }
  }
  m_times.clear();
  m_clockSetBack.clear();
  m_skipped.clear();
  m_phaseStarts.clear();
  m_lastTime = m_hours = 0;
  m_secondsPerStep = kNan;
}

void RunCurves::appendMemory(const StepReport& row) {
  for (size_t kind = 0; kind < kMemoryKinds; ++kind) {
    for (size_t rank = 0; rank < max_report_ranks; ++rank) {
      std::unique_ptr<SeriesStore>& series = m_memory[kind][rank];
      const double value = memoryOfRow(row, kind)[rank];
      if (!series && std::isfinite(value)) {
        series = std::make_unique<SeriesStore>(m_columns);
        series->setSmoothing(0);
        while (static_cast<size_t>(series->count()) + 1 < m_columns->size()) {
          series->append(static_cast<float>(kNan));
        }
      }
      if (series) {
        series->append(static_cast<float>(value));
      }
    }
  }
}

void RunCurves::appendValidation(const StepReport& row) {
  if (!std::isfinite(row.validation_loss_unweighted)) {
    return;
  }
  m_validationColumns->append(static_cast<double>(row.step), row.epoch, static_cast<double>(row.images), m_hours);
  m_series[Validation]->append(static_cast<float>(row.validation_loss));
  m_series[PlainValidation]->append(static_cast<float>(row.validation_loss_unweighted));
  for (size_t index = 0; index < row.validation_by_source.size(); ++index) {
    const double value = row.validation_by_source[index];
    if (!std::isfinite(value)) {
      continue;
    }
    const QString name = sourceName(row.phase, index);
    auto found = std::find_if(m_sources.begin(), m_sources.end(), [&](const Named& source) { return source.name == name; });
    if (found == m_sources.end()) {
      m_sources.push_back({name, std::make_unique<SeriesStore>(m_validationColumns)});
      found = m_sources.end() - 1;
      found->series->setSmoothing(0);
    }
    while (static_cast<size_t>(found->series->count()) + 1 < m_validationColumns->size()) {
      found->series->append(static_cast<float>(kNan));  // it was not in the mixture
    }
    found->series->append(static_cast<float>(value));
  }
}

void RunCurves::append(const std::vector<StepReport>& rows) {
  for (const StepReport& row : rows) {
    // A pause is no training: a gap that is much longer than a step counts as one step.
    const double step_s = std::isfinite(row.step_ms) ? row.step_ms / 1000 : 0;
    const double gap_s = m_lastTime > 0 ? row.time - m_lastTime : step_s;
    m_hours += (gap_s < 0 || gap_s > kPause_s + 10 * step_s ? step_s : gap_s) / 3600;
    if (row.time < m_lastTime) {
      m_clockSetBack.push_back(m_times.size());
    }
    m_lastTime = row.time;
    while (static_cast<int64_t>(m_phaseStarts.size()) <= row.phase) {
      m_phaseStarts.push_back(m_columns->size());
    }
    m_columns->append(static_cast<double>(row.step), row.epoch, static_cast<double>(row.images), m_hours);
    m_times.push_back(row.time);
    m_skipped.push_back(row.skipped != 0);
    const std::array<double, Validation> values{row.loss,         row.loss_unweighted, row.lr,      row.grad_norm,
                                                row.images_per_s, row.data_wait_ms,    row.peak_gib};
    for (size_t metric = 0; metric < values.size(); ++metric) {
      m_series[metric]->append(static_cast<float>(values[metric]));
    }
    m_noise->append(row.loss_by_noise);
    appendMemory(row);
    appendValidation(row);
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
  visitAll([](SeriesStore& series) { series.announce(); });
  m_noise->announce();
}

void RunCurves::setSmoothing(double weight) {
  for (size_t metric = 0; metric < kMetrics; ++metric) {
    m_series[metric]->setSmoothing(isValidation(metric) ? 0 : weight);
  }
}

QList<RunCurves::Part> RunCurves::validationBySource() const {
  QList<Part> parts;
  for (const Named& source : m_sources) {
    parts.append({source.name, source.series.get()});
  }
  return parts;
}

QList<RunCurves::Part> RunCurves::memoryByRank(MemoryKind kind) const {
  QList<Part> parts;
  const auto& ranks = m_memory[static_cast<size_t>(kind)];
  for (size_t rank = 0; rank < ranks.size(); ++rank) {
    if (ranks[rank]) {
      parts.append({QStringLiteral("worker %1").arg(rank), ranks[rank].get()});
    }
  }
  return parts;
}

double RunCurves::memoryOf(int rank, MemoryKind kind) const {
  const auto& ranks = m_memory[static_cast<size_t>(kind)];
  const auto place = static_cast<size_t>(rank);
  return rank >= 0 && place < ranks.size() && ranks[place] ? ranks[place]->last() : kNan;
}

std::optional<RunCurves::Place> RunCurves::placeAt(double time, size_t from) const {
  const double longest_s = kPause_s + 10 * (std::isfinite(m_secondsPerStep) ? m_secondsPerStep : 0);
  // Between two times that the clock was set back, the rows' times never decrease.
  auto setBack = std::upper_bound(m_clockSetBack.begin(), m_clockSetBack.end(), from);
  size_t begin = setBack == m_clockSetBack.begin() ? 0 : *(setBack - 1);
  while (begin < m_times.size()) {
    const size_t end = setBack == m_clockSetBack.end() ? m_times.size() : *setBack++;
    const auto at = [this](size_t row) { return m_times.begin() + static_cast<std::ptrdiff_t>(row); };
    const auto after = static_cast<size_t>(std::upper_bound(at(begin), at(end), time) - m_times.begin());
    if (after > begin && after > from && time - m_times[after - 1] <= longest_s) {
      Place place{.row = after - 1};
      for (size_t axis = 0; axis < 4; ++axis) {
        place.x[axis] = m_columns->values[axis][place.row];
      }
      return place;
    }
    begin = end;
  }
  return std::nullopt;
}

int64_t RunCurves::phaseOf(double step) const {
  const size_t row = m_columns->lowerBound(SeriesAxis::Step, step);
  const auto after = std::upper_bound(m_phaseStarts.begin(), m_phaseStarts.end(), row);
  return std::max<int64_t>(0, after - m_phaseStarts.begin() - 1);
}

double RunCurves::xOfStep(SeriesAxis::Kind axis, double step) const {
  const std::optional<size_t> row = m_columns->nearest(SeriesAxis::Step, step);
  return row ? m_columns->values[axis][*row] : kNan;
}

double RunCurves::validationAt(const QString& source, double step) const {
  for (const Named& named : m_sources) {
    if (named.name.compare(source, Qt::CaseInsensitive) != 0) {
      continue;
    }
    const std::vector<double>& steps = m_validationColumns->values[SeriesAxis::Step];
    auto row = std::upper_bound(steps.begin(), steps.end(), step) - steps.begin();
    while (row-- > 0) {
      const auto place = static_cast<size_t>(row);
      if (place < named.series->raw().size() && std::isfinite(named.series->raw()[place])) {
        return static_cast<double>(named.series->raw()[place]);
      }
    }
  }
  return kNan;
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
  point.skipped = m_skipped[*row];
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
