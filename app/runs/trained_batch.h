// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QTemporaryDir>
#include <QTimer>
#include <QUrl>
#include <memory>
#include <optional>

#include "app/engine_host/engine_command.h"
#include "app/viewmodels/row_list_model.h"
#include "core/base/json.h"

namespace darkroom::app {

class EngineTask;

/// A sample of a batch.
struct BatchSampleItem {
  Q_GADGET
  Q_PROPERTY(QUrl imageUrl MEMBER imageUrl)  ///< file URL; empty for a run of another computer
  Q_PROPERTY(QString caption MEMBER caption)
  Q_PROPERTY(QString help MEMBER help)  ///< caption, key, dataset and noise level, a line each
  Q_PROPERTY(bool captionDropped MEMBER captionDropped)
 public:
  QUrl imageUrl;
  QString caption, help;
  bool captionDropped = false;
  bool operator==(const BatchSampleItem&) const = default;
};

class BatchSampleModel : public RowListModel<BatchSampleItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a run")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// What a run was trained on at a step: the engine tells (`run batch`), from the run directory and the datasets alone.
class TrainedBatch : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a run")
  Q_PROPERTY(State state READ state NOTIFY changed)
  /// "32 pictures, 3 without their captions"; empty until they are there.
  Q_PROPERTY(QString summary READ summary NOTIFY changed)
  /// Why it cannot be told, a sentence.
  Q_PROPERTY(QString errorText READ errorText NOTIFY changed)
  Q_PROPERTY(darkroom::app::BatchSampleModel* samples READ samples CONSTANT)

 public:
  enum State { Idle, Loading, Ready, Failed };
  Q_ENUM(State)

  explicit TrainedBatch(QObject* parent = nullptr);
  ~TrainedBatch() override;

  State state() const { return m_state; }
  QString summary() const { return m_summary; }
  QString errorText() const { return m_errorText; }
  BatchSampleModel* samples() const { return m_samples; }

  /// Without one nothing is ever loaded.
  void setCommand(const EngineCommand& command) { m_command = command; }
  /// Asks for a step of a run, shortly after: steps that are passed over meanwhile are not asked for.
  void load(const QString& run, qint64 step);
  void close();

 signals:
  void changed();

 private:
  void ask();
  void take(const Json& done);
  void drop();
  void set(State state, const QString& errorText = {});

  std::optional<EngineCommand> m_command;
  State m_state = Idle;
  QString m_summary;
  QString m_errorText;
  BatchSampleModel* m_samples;
  QString m_run;
  qint64 m_step = -1;
  std::unique_ptr<QTemporaryDir> m_pictures;
  EngineTask* m_task = nullptr;
  QTimer m_pause;
};

}  // namespace darkroom::app
