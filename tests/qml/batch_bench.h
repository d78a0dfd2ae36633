// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTemporaryDir>

#include "app/runs/trained_batch.h"

namespace darkroom::app::fixture {

/// What a run was trained on, told by an engine that answers what it was given for the step; it never answers for a step that was given
/// nothing. `batchBench` in tst_batch_pictures.qml.
class BatchBench : public QObject {
  Q_OBJECT
  Q_PROPERTY(darkroom::app::TrainedBatch* batch READ batch CONSTANT)

 public:
  BatchBench();
  TrainedBatch* batch() { return &m_batch; }

  /// A sample for each caption. Pictures are flat; where `readable` is false they are files that hold none.
  Q_INVOKABLE void give(int step, const QStringList& captions, bool pictures, bool readable = true);
  Q_INVOKABLE void giveError(int step, const QString& message);
  Q_INVOKABLE void load(int step) { m_batch.load(QStringLiteral("/runs/a"), step); }
  Q_INVOKABLE void close() { m_batch.close(); }

 private:
  void answer(int step, const Json& event);

  QTemporaryDir m_folder;
  TrainedBatch m_batch;
};

}  // namespace darkroom::app::fixture
