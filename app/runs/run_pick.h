// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>

#include "app/runs/run_items.h"
#include "app/runs/sample_grid_model.h"
#include "app/runs/trained_batch.h"

namespace darkroom::app {

class SamplePictures;

/// A point of the curves that was asked for: its values, the checkpoint nearest to it, what the journal says around it, the samples that
/// were drawn last before it, and what the step was trained on.
class RunPick : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a run")
  Q_PROPERTY(bool active READ active NOTIFY changed)
  Q_PROPERTY(darkroom::app::RunPoint point READ point NOTIFY changed)
  Q_PROPERTY(darkroom::app::JournalModel* journal READ journal CONSTANT)
  /// Step of the samples; -1: none were drawn.
  Q_PROPERTY(int sampleStep READ sampleStep NOTIFY changed)
  Q_PROPERTY(darkroom::app::SamplePictures* samples READ samples CONSTANT)
  /// What the step was trained on.
  Q_PROPERTY(darkroom::app::TrainedBatch* batch READ batch CONSTANT)

 public:
  explicit RunPick(QObject* parent = nullptr);

  bool active() const { return m_point.valid; }
  RunPoint point() const { return m_point; }
  JournalModel* journal() const { return m_journal; }
  int sampleStep() const { return m_sampleStep; }
  SamplePictures* samples() const { return m_samples; }
  TrainedBatch* batch() const { return m_batch; }

  /// journal: any order; the entries nearest to the step are shown, in the order of steps.
  void show(const RunPoint& point, const QList<JournalItem>& journal, const QList<SampleGridModel::Step>& samples);
  Q_INVOKABLE void close();

 signals:
  void changed();

 private:
  RunPoint m_point;
  JournalModel* m_journal;
  int m_sampleStep = -1;
  SamplePictures* m_samples;
  TrainedBatch* m_batch;
};

/// Pictures of one step: roles of SampleItem.
class SamplePictures : public RowListModel<SampleItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a run")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// Of entries that have a step, the `count` nearest to `step`, in the order of steps.
QList<JournalItem> journalAround(const QList<JournalItem>& journal, double step, int count);

}  // namespace darkroom::app
