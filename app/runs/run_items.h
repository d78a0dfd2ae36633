// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of the lists of the Runs page. Each property is a role of the model below it.
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QUrl>

#include "app/viewmodels/row_list_model.h"

namespace darkroom::app {

/// What a run is doing.
class RunState : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("An enumeration")
 public:
  enum Kind {
    Preparing,  ///< the data of the demo is being built, or the ranks start
    Training,
    Stopping,  ///< asked to stop, ends after its step
    Pausing,   ///< asked to pause
    Paused,    ///< saved, its devices free; its supervisor waits
    Stopped,   ///< ended on request, saved: can be resumed
    Done,
    Failed,  ///< a rank died, or the supervisor is gone
  };
  Q_ENUM(Kind)
};

/// A run in the tree: parents before children, newest first.
struct RunItem {
  Q_GADGET
  Q_PROPERTY(QString path MEMBER path)  ///< of the run directory: its identity
  Q_PROPERTY(QString name MEMBER name)
  Q_PROPERTY(int depth MEMBER depth)              ///< 0: no parent here
  Q_PROPERTY(bool lastChild MEMBER lastChild)     ///< for the elbow of the tree
  Q_PROPERTY(int seriesIndex MEMBER seriesIndex)  ///< 0 to 7: colour and dash
  Q_PROPERTY(darkroom::app::RunState::Kind state MEMBER state)
  Q_PROPERTY(QString stateText MEMBER stateText)  ///< "training", "paused", "stopped", "done", "failed"
  Q_PROPERTY(QString place MEMBER place)          ///< "epoch 18", "step 4,000"
  Q_PROPERTY(QString timeLeft MEMBER timeLeft)    ///< "25 h 20 min left" while it trains
  Q_PROPERTY(QString help MEMBER help)            ///< name, phase, step and why it ended: a tooltip
  Q_PROPERTY(QString lossText MEMBER lossText)    ///< "0.1207", "not finite", ""
  Q_PROPERTY(double progress MEMBER progress)     ///< 0 to 1
  Q_PROPERTY(QString warning MEMBER warning)      ///< of a run that trains: its newest alarm, with what was done about it; or empty
 public:
  QString path, name;
  int depth = 0;
  bool lastChild = true;
  int seriesIndex = 0;
  RunState::Kind state = RunState::Stopped;
  QString stateText, place, timeLeft, help, lossText, warning;
  double progress = 0;
  bool operator==(const RunItem&) const = default;
};

/// A phase of the plan, for the progress strip.
struct PhaseItem {
  Q_GADGET
  Q_PROPERTY(int number MEMBER number)  ///< 1, 2, …
  Q_PROPERTY(QString name MEMBER name)
  Q_PROPERTY(double share MEMBER share)        ///< of all steps: the width
  Q_PROPERTY(double progress MEMBER progress)  ///< 0 to 1
  Q_PROPERTY(bool active MEMBER active)
 public:
  int number = 0;
  QString name;
  double share = 0, progress = 0;
  bool active = false;
  bool operator==(const PhaseItem&) const = default;
};

class PhaseModel : public RowListModel<PhaseItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a run")
 public:
  using RowListModel::RowListModel;
};

/// An entry of the run's journal, newest first: what was asked of it and what happened to it.
struct JournalItem {
  Q_GADGET
  Q_PROPERTY(QString kind MEMBER kind)             ///< "error", "warning", "info", "ok": also the icon
  Q_PROPERTY(QString text MEMBER text)             ///< "Saved at step 400."
  Q_PROPERTY(double secondsAgo MEMBER secondsAgo)  ///< brought up to date once in 10 s
  Q_PROPERTY(double step MEMBER step)              ///< -1: not at a step
  Q_PROPERTY(QString done MEMBER done)             ///< of an alarm: what was done about it, or what can be; may be empty
 public:
  QString kind, text;
  double secondsAgo = 0;
  double step = -1;
  QString done;
  double time = 0;  ///< s since 1970
  bool operator==(const JournalItem&) const = default;
};

class JournalModel : public RowListModel<JournalItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a run")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// A line of the plan's summary: "Learning rate", "1e-5, cosine".
struct PlanLineItem {
  Q_GADGET
  Q_PROPERTY(QString label MEMBER label)
  Q_PROPERTY(QString value MEMBER value)
 public:
  QString label, value;
  bool operator==(const PlanLineItem&) const = default;
};

class PlanLineModel : public RowListModel<PlanLineItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a run")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// A sample picture of the chosen step.
struct SampleItem {
  Q_GADGET
  Q_PROPERTY(QUrl imageUrl MEMBER imageUrl)     ///< file URL; load asynchronously
  Q_PROPERTY(QString category MEMBER category)  ///< "forest"
  Q_PROPERTY(QString prompt MEMBER prompt)      ///< of the plan's validation; may be empty
  Q_PROPERTY(QUrl besideUrl MEMBER besideUrl)   ///< the same prompt at the step that it is compared with; empty: none
  Q_PROPERTY(int step MEMBER step)
  Q_PROPERTY(QString lossText MEMBER lossText)  ///< validation loss of the source of that name, or empty
  Q_PROPERTY(bool forgotten MEMBER forgotten)   ///< and it is being forgotten
  Q_PROPERTY(bool compared READ compared)       ///< there is one beside it
  Q_PROPERTY(QString help READ help)            ///< prompt and loss, a line each
 public:
  bool compared() const { return !besideUrl.isEmpty(); }
  QString help() const;
  QString lossText;
  bool forgotten = false;
  QUrl imageUrl;
  QString category, prompt;
  QUrl besideUrl;
  int step = 0;
  bool operator==(const SampleItem&) const = default;
};

/// A value that two runs' plans have differently: "Guidance drop", "5 %" there, "10 %" here.
struct PlanChangeItem {
  Q_GADGET
  Q_PROPERTY(QString label MEMBER label)
  Q_PROPERTY(QString there MEMBER there)
  Q_PROPERTY(QString here MEMBER here)
 public:
  QString label, there, here;
  bool operator==(const PlanChangeItem&) const = default;
};

class PlanChangeModel : public RowListModel<PlanChangeItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Runs page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// A run's values at one place of the axis, for the tooltip. QML value type `runPoint`.
struct RunPoint {
  Q_GADGET
  QML_VALUE_TYPE(runPoint)
  Q_PROPERTY(bool valid MEMBER valid)
  Q_PROPERTY(double x MEMBER x)  ///< in units of the axis
  Q_PROPERTY(double step MEMBER step)
  Q_PROPERTY(double epoch MEMBER epoch)
  Q_PROPERTY(double loss MEMBER loss)  ///< smoothed
  Q_PROPERTY(double rawLoss MEMBER rawLoss)
  Q_PROPERTY(double learningRate MEMBER learningRate)
  Q_PROPERTY(double gradientNorm MEMBER gradientNorm)
  Q_PROPERTY(double imagesPerSecond MEMBER imagesPerSecond)
  Q_PROPERTY(double nearestSave MEMBER nearestSave)  ///< step of the nearest checkpoint, -1 when there is none
  Q_PROPERTY(bool skipped MEMBER skipped)            ///< its gradient was not used
 public:
  bool valid = false;
  double x = 0, step = 0, epoch = 0, loss = 0, rawLoss = 0, learningRate = 0, gradientNorm = 0, imagesPerSecond = 0, nearestSave = -1;
  bool skipped = false;
};

}  // namespace darkroom::app
