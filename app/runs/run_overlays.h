// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QTimer>
#include <QUrl>
#include <map>
#include <memory>

#include "app/engine_host/log_reader.h"
#include "app/runs/foreign_curves.h"
#include "app/runs/run_curves.h"
#include "app/runs/run_items.h"
#include "app/series/line_set.h"
#include "app/viewmodels/plan_differences.h"

namespace darkroom::app {

class RunFollower;

/// A run that can be laid over the one that is shown.
struct OverlayItem {
  Q_GADGET
  Q_PROPERTY(QString key MEMBER key)  ///< path of a run of the workspace; folder and number of a logged one
  Q_PROPERTY(QString name MEMBER name)
  Q_PROPERTY(QString detail MEMBER detail)  ///< the folder of a foreign log
  Q_PROPERTY(int look MEMBER look)          ///< colour and dash
  Q_PROPERTY(bool on MEMBER on)
  Q_PROPERTY(bool foreign MEMBER foreign)
  Q_PROPERTY(QString note MEMBER note)        ///< "reads", or why it cannot be drawn over this axis; may be empty
  Q_PROPERTY(QString problem MEMBER problem)  ///< why it cannot be read; may be empty
  Q_PROPERTY(QString lossTag MEMBER lossTag)  ///< of a foreign log: what is taken for the loss
  Q_PROPERTY(QStringList tags MEMBER tags)
  Q_PROPERTY(QString help MEMBER help)  ///< folder, tag, note and problem, a line each
 public:
  QString key, name, detail;
  int look = 0;
  bool on = false, foreign = false;
  QString note, problem, lossTag, help;
  QStringList tags;
  bool operator==(const OverlayItem&) const = default;
};

/// Runs to lay over the one that is shown: those of the workspace, and the TensorBoard and Weights & Biases runs of any folder. Those that
/// are on are followed like the shown one.
class RunOverlays : public RowListModel<OverlayItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Runs page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
  Q_PROPERTY(int onCount READ onCount NOTIFY changed)
  /// The overlay that the plan is compared with: the one that was switched on last; empty: none.
  Q_PROPERTY(QString comparedName READ comparedName NOTIFY changed)
  /// What people change, of the phases that both runs are in; and every value by its pointer.
  Q_PROPERTY(darkroom::app::LineSet* lossLines READ lossLines CONSTANT)
  Q_PROPERTY(darkroom::app::LineSet* plainLossLines READ plainLossLines CONSTANT)
  Q_PROPERTY(darkroom::app::PlanChangeModel* changes READ changes CONSTANT)
  Q_PROPERTY(darkroom::app::PlanDifferenceModel* differences READ differences CONSTANT)

 public:
  explicit RunOverlays(QObject* parent = nullptr);
  ~RunOverlays() override;

  int onCount() const;
  QString comparedName() const;
  PlanChangeModel* changes() const { return m_changes; }
  PlanDifferenceModel* differences() const { return m_differences; }
  LineSet* lossLines() const { return lines(RunCurves::Loss); }
  LineSet* plainLossLines() const { return lines(RunCurves::PlainLoss); }
  LineSet* lines(RunCurves::Metric metric) const { return m_lines.at(metric); }
  /// The newest x of those that are on.
  double end(SeriesAxis::Kind axis) const;

  /// The runs of the workspace, but the shown one.
  void setRuns(const QList<RunItem>& runs, const QString& shown);
  /// The plan of the shown run, as JSON, and the phase that it is in.
  void setPlan(const Json& plan, int phase);
  void setAxis(SeriesAxis::Kind axis);
  void setSmoothing(double weight);

  Q_INVOKABLE void setOn(const QString& key, bool on);
  /// A folder of this computer.
  Q_INVOKABLE void addFolder(const QUrl& folder);
  Q_INVOKABLE void removeFolder(const QString& key);
  Q_INVOKABLE void setLossTag(const QString& key, const QString& tag);

 signals:
  /// Lines, ends or plans are not what they were.
  void changed();

 private:
  struct Trace;   // of a run of the workspace
  struct Folder;  // of logs
  OverlayItem itemOf(const QString& key) const;
  void show();
  void showLines();
  void showPlan();
  void pull();
  void takeFolder(const QString& path, const LogReader::Found& found);
  const ForeignCurves* foreign(const QString& key) const;

  QList<RunItem> m_runs;
  QString m_shown;
  std::map<QString, std::unique_ptr<Trace>> m_traces;    ///< by path; those that are on
  std::map<QString, std::unique_ptr<Folder>> m_folders;  ///< by path
  QStringList m_on;                                      ///< keys, in the order in which they were switched on
  std::map<RunCurves::Metric, LineSet*> m_lines;
  PlanChangeModel* m_changes;
  PlanDifferenceModel* m_differences;
  Json m_plan;
  int m_phase = 0;
  SeriesAxis::Kind m_axis = SeriesAxis::Step;
  double m_smoothing = 0.95;
  QTimer m_pull;
};

}  // namespace darkroom::app
