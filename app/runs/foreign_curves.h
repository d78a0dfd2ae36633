// SPDX-License-Identifier: GPL-3.0-or-later
// A log of another program as curves that can be laid over a run's.
#pragma once

#include <QStringList>
#include <map>
#include <memory>

#include "app/runs/run_curves.h"
#include "core/metrics/logged_run.h"

namespace darkroom::app {

/// The tag of a log that most likely is this metric, by what PyTorch Lightning, diffusers' scripts, kohya's, Keras and Darkroom call it;
/// empty where none is. Our own tags come first; of several that match, the shortest.
QString tagOf(RunCurves::Metric metric, const QStringList& tags);

/// A logged run. GUI thread only.
class ForeignCurves {
 public:
  explicit ForeignCurves(const LoggedRun& run);

  QStringList tags() const { return m_tags; }
  /// The tag that stands for a metric: chosen by the user, else the likely one; empty: none.
  QString tag(RunCurves::Metric metric) const;
  void setTag(RunCurves::Metric metric, const QString& tag);
  /// Null where there is no such tag.
  SeriesStore* series(RunCurves::Metric metric) const;
  /// Epochs are known where the log has them under a tag; images never.
  bool knows(SeriesAxis::Kind axis) const;
  /// The newest x.
  double end(SeriesAxis::Kind axis) const;
  const Json& config() const { return m_config; }
  void setSmoothing(double weight);

 private:
  struct Line {
    std::shared_ptr<SeriesColumns> columns;
    std::unique_ptr<SeriesStore> series;
  };

  QStringList m_tags;
  std::map<QString, Line> m_lines;
  std::map<RunCurves::Metric, QString> m_chosen;
  bool m_hasEpochs = false;
  bool m_hasTimes = false;
  Json m_config;
};

}  // namespace darkroom::app
