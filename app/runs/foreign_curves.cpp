// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/foreign_curves.h"
#include "app/viewmodels/utf8_text.h"

#include <QRegularExpression>
#include <algorithm>

#include "core/metrics/metric_definitions.h"

namespace darkroom::app {
namespace {

/// Name in metric_definitions, what a tag must look like, and what it must not.
struct Likely {
  RunCurves::Metric metric;
  const char* name;
  const char* like;
  const char* unlike;
};
constexpr Likely kLikely[] = {
    {RunCurves::Loss, "loss", "loss", "val|eval|test|unweighted|by_|lr|norm"},
    {RunCurves::PlainLoss, "loss_unweighted", "(mse|unweighted|plain).*|loss.*(mse|unweighted)", "val|eval|test|by_"},
    {RunCurves::LearningRate, "lr", "(^|[/_.-])lr($|[/_.-])|learning.?rate", "norm"},
    {RunCurves::GradientNorm, "grad_norm", "grad.*norm|norm.*grad", ""},
    {RunCurves::Speed, "images_per_s", "(images|samples|imgs).*(/|per).*(s|sec|second)|throughput", "step"},
    {RunCurves::DataWait, "data_wait_ms", "data.*(wait|time)|dataloader", ""},
    {RunCurves::Memory, "peak_gib", "(peak|max).*(mem|gib|gb)", ""},
    {RunCurves::Validation, "validation_loss", "(val|eval|test).*loss|loss.*(val|eval|test)", "by_|unweighted"},
    {RunCurves::PlainValidation, "validation_loss_unweighted", "(val|eval|test).*(mse|unweighted)", "by_"},
};

}  // namespace

QString tagOf(RunCurves::Metric metric, const QStringList& tags) {
  const auto* likely = std::find_if(std::begin(kLikely), std::end(kLikely), [&](const Likely& entry) { return entry.metric == metric; });
  if (likely == std::end(kLikely)) {
    return {};
  }
  if (const MetricDefinition* ours = find_metric(likely->name)) {
    QString tag = utf8Text(ours->tag);
    if (tags.contains(tag)) {
      return tag;
    }
  }
  const QRegularExpression like(QString::fromLatin1(likely->like), QRegularExpression::CaseInsensitiveOption);
  const QRegularExpression unlike(QString::fromLatin1(likely->unlike), QRegularExpression::CaseInsensitiveOption);
  QString found;
  for (const QString& tag : tags) {
    const bool matches = like.match(tag).hasMatch() && (*likely->unlike == '\0' || !unlike.match(tag).hasMatch());
    if (matches && (found.isEmpty() || tag.size() < found.size())) {
      found = tag;
    }
  }
  return found;
}

ForeignCurves::ForeignCurves(const LoggedRun& run) : m_config(run.config) {
  const MetricDefinition* epoch = find_metric("epoch");
  const LoggedSeries* epochs = nullptr;
  double begun_s = 0;
  for (const auto& [tag, series] : run.series) {
    if (tag == epoch->tag || QString::fromStdString(tag).compare("epoch", Qt::CaseInsensitive) == 0) {
      epochs = &series;
    }
    if (!series.time_s.empty() && series.time_s.front() > 0) {
      begun_s = begun_s > 0 ? std::min(begun_s, series.time_s.front()) : series.time_s.front();
    }
  }
  m_hasEpochs = epochs != nullptr;
  m_hasTimes = begun_s > 0;
  for (const auto& [tag, series] : run.series) {
    Line line{std::make_shared<SeriesColumns>(), nullptr};
    line.series = std::make_unique<SeriesStore>(line.columns);
    for (size_t i = 0; i < series.step.size(); ++i) {
      double at_epoch = 0;
      if (epochs != nullptr) {
        const auto after = std::upper_bound(epochs->step.begin(), epochs->step.end(), series.step[i]);
        at_epoch = after == epochs->step.begin() ? 0 : epochs->value[static_cast<size_t>(after - epochs->step.begin()) - 1];
      }
      line.columns->append(static_cast<double>(series.step[i]), at_epoch, 0, m_hasTimes ? (series.time_s[i] - begun_s) / 3600 : 0);
      line.series->append(static_cast<float>(series.value[i]));
    }
    const QString name = QString::fromStdString(tag);
    m_tags << name;
    m_lines.emplace(name, std::move(line));
  }
}

QString ForeignCurves::tag(RunCurves::Metric metric) const {
  const auto chosen = m_chosen.find(metric);
  return chosen != m_chosen.end() ? chosen->second : tagOf(metric, m_tags);
}

void ForeignCurves::setTag(RunCurves::Metric metric, const QString& tag) { m_chosen[metric] = tag; }

SeriesStore* ForeignCurves::series(RunCurves::Metric metric) const {
  const auto line = m_lines.find(tag(metric));
  return line != m_lines.end() ? line->second.series.get() : nullptr;
}

bool ForeignCurves::knows(SeriesAxis::Kind axis) const {
  return axis == SeriesAxis::Step || (axis == SeriesAxis::Epoch && m_hasEpochs) || (axis == SeriesAxis::Time && m_hasTimes);
}

double ForeignCurves::end(SeriesAxis::Kind axis) const {
  double end = 0;
  for (const auto& [tag, line] : m_lines) {
    if (knows(axis) && line.columns->size() > 0) {
      end = std::max(end, line.columns->values[axis].back());
    }
  }
  return end;
}

void ForeignCurves::setSmoothing(double weight) {
  for (const auto& [tag, line] : m_lines) {
    line.series->setSmoothing(weight);
  }
}

}  // namespace darkroom::app
