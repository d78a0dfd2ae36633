// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plans/plan_timeline.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <algorithm>
#include <cmath>

#include "app/viewmodels/format.h"
#include "core/base/format.h"
#include "core/plan/lr_schedule.h"

namespace darkroom::app {
namespace {

constexpr int kBandColors = 4;
constexpr int kRatePoints = 48;            // over the part after the warm-up
constexpr int64_t kUnknownSteps = 10'000;  // of a phase whose data is not there: the curve's shape all the same

QString timelineText(const char* text) { return QCoreApplication::translate("PlanTimeline", text); }

struct RateRange {
  double low = -8;  // powers of ten
  double high = -5;

  double place(double rate) const {
    const double power = rate > 0 ? std::log10(rate) : low;
    return std::clamp((high - power) / (high - low), 0.0, 1.0);
  }
};

RateRange rateRange(const TrainingPlan& plan) {
  double low = 0;
  double high = 0;
  for (const PhasePlan& phase : plan.phases) {
    for (const double rate : {phase.peak_lr, phase.peak_lr * phase.warmup_from, phase.peak_lr * phase.floor}) {
      if (rate > 0) {
        low = low > 0 ? std::min(low, rate) : rate;
        high = std::max(high, rate);
      }
    }
  }
  if (high <= 0) {
    return {};
  }
  // Powers of ten that hold all; 1e-5 itself counts as 1e-5, whatever its binary digits say.
  RateRange range{.low = std::floor(std::log10(low) + 1e-9), .high = std::ceil(std::log10(high) - 1e-9)};
  if (range.high <= range.low) {
    range.high = range.low + 1;
  }
  return range;
}

QVariantList ratePoints(const PhasePlan& phase, double steps, const RateRange& range) {
  const auto total = steps > 0 ? static_cast<int64_t>(steps) : std::max<int64_t>(kUnknownSteps, phase.warmup_steps * 2);
  const LearningRateSchedule schedule = lr_schedule_of(phase, total);
  const int64_t warmup = std::min(phase.warmup_steps, total);
  QVariantList points;
  const auto add = [&](int64_t step) {
    points << QPointF(static_cast<double>(step) / static_cast<double>(total), range.place(schedule.at(step)));
  };
  constexpr int warmupPoints = 8;
  for (int i = 0; i < warmupPoints && warmup > 0; ++i) {
    add(warmup * i / warmupPoints);
  }
  for (int i = 0; i <= kRatePoints; ++i) {
    add(warmup + (total - warmup) * i / kRatePoints);
  }
  return points;
}

int problemsOf(size_t phase, const std::vector<Problem>& problems) {
  const std::string pointer = "/phases/" + std::to_string(phase);
  return static_cast<int>(std::count_if(problems.begin(), problems.end(), [&](const Problem& problem) {
    return problem.pointer == pointer || problem.pointer.starts_with(pointer + "/");
  }));
}

PlanProblem problemRow(const TrainingPlan& plan, const Problem& problem, bool stops) {
  PlanProblem row{.text = QString::fromStdString(problem.message), .stops = stops};
  const QStringList parts = QString::fromStdString(problem.pointer).split('/', Qt::SkipEmptyParts);
  bool isPhase = false;
  const int phase = parts.size() > 1 && parts[0] == "phases" ? parts[1].toInt(&isPhase) : -1;
  if (isPhase && phase >= 0 && phase < static_cast<int>(plan.phases.size())) {
    row.phase = phase;
    row.place = timelineText("Phase %1").arg(phase + 1) + (parts.size() > 2 ? ", " + parts.mid(2).join(' ') : QString());
  } else {
    row.place = parts.join(' ');
  }
  row.place.replace('_', ' ');
  return row;
}

}  // namespace

QString datasetName(const std::string& path) { return QFileInfo(QString::fromStdString(path)).fileName(); }

QHash<QString, int> sourceColors(const TrainingPlan& plan) {
  QHash<QString, int> colors;
  for (const PhasePlan& phase : plan.phases) {
    for (const SourcePlan& source : phase.sources) {
      const QString path = QString::fromStdString(source.dataset);
      if (!colors.contains(path)) {
        colors.insert(path, static_cast<int>(colors.size()) % kBandColors);
      }
    }
  }
  return colors;
}

QString rateRangeText(const TrainingPlan& plan) {
  const RateRange range = rateRange(plan);
  return timelineText("log, 1e%1 to 1e%2").arg(range.low).arg(range.high);
}

QList<PhaseRow> phaseRows(const TrainingPlan& plan, const PhaseTimes& times, const std::vector<Problem>& problems) {
  const RateRange range = rateRange(plan);
  const QHash<QString, int> colors = sourceColors(plan);
  const bool timed = times.seconds.size() == static_cast<qsizetype>(plan.phases.size()) &&
                     std::all_of(times.seconds.begin(), times.seconds.end(), [](double seconds) { return std::isfinite(seconds); });
  double dropout = 0;
  double gamma = 0;
  for (const PhasePlan& phase : plan.phases) {
    dropout = std::max(dropout, phase.cfg_dropout);
    gamma = std::max(gamma, phase.min_snr_gamma);
  }
  QList<PhaseRow> rows;
  int64_t epoch = 0;
  double before = 0;
  double sum = 0;
  for (size_t i = 0; i < plan.phases.size(); ++i) {
    const PhasePlan& phase = plan.phases[i];
    const double steps = i < static_cast<size_t>(times.epochSteps.size())
                             ? times.epochSteps[static_cast<qsizetype>(i)] * static_cast<double>(phase.epochs)
                             : 0;
    const double length = timed ? times.seconds[static_cast<qsizetype>(i)] : steps > 0 ? steps : static_cast<double>(phase.epochs);
    PhaseRow row;
    row.name = QString::fromStdString(phase.name);
    row.epochsText =
        phase.epochs == 1 ? timelineText("epoch %1").arg(epoch + 1) : timelineText("epochs %1–%2").arg(epoch + 1).arg(epoch + phase.epochs);
    row.startText = timed       ? (before > 0 ? Format::duration(before) : timelineText("start"))
                    : steps > 0 ? timelineText("step %1").arg(Format::count(before))
                                : QString();
    row.weight = length;
    row.rate = ratePoints(phase, steps, range);
    row.rateText = Format::power(phase.peak_lr);
    row.dropout = dropout > 0 ? phase.cfg_dropout / dropout : 0;
    row.dropoutText = Format::percent(phase.cfg_dropout);
    row.gamma = gamma > 0 ? phase.min_snr_gamma / gamma : 0;
    row.gammaText = phase.min_snr_gamma > 0 ? QString::number(phase.min_snr_gamma) : timelineText("off");
    for (const SourcePlan& source : phase.sources) {
      row.sourceNames << datasetName(source.dataset) +
                             (phase.sources.size() > 1 ? QStringLiteral(" %1").arg(std::lround(source.share * 100)) : QString());
      row.sourceShares << source.share;
      row.sourceColors << colors.value(QString::fromStdString(source.dataset));
    }
    row.problems = problemsOf(i, problems);
    rows << row;
    epoch += phase.epochs;
    before += length;
    sum += length;
  }
  for (PhaseRow& row : rows) {
    row.weight = sum > 0 ? row.weight / sum : 1.0 / static_cast<double>(rows.size());
  }
  return rows;
}

QList<PlanProblem> problemRows(const TrainingPlan& plan, const std::vector<Problem>& problems, const std::vector<Problem>& notes) {
  QList<PlanProblem> rows;
  for (const Problem& problem : problems) {
    rows << problemRow(plan, problem, true);
  }
  for (const Problem& note : notes) {
    rows << problemRow(plan, note, false);
  }
  return rows;
}

}  // namespace darkroom::app
