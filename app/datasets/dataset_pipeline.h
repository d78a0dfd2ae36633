// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QPointer>

#include "app/datasets/dataset_items.h"
#include "app/datasets/stage_commands.h"
#include "app/datasets/stage_pace.h"
#include "app/engine_host/engine_command.h"
#include "core/base/json.h"

namespace darkroom::app {

class EngineTask;

/// The stages of the chosen source: run in the engine one after the other, stopped and gone on with. What a stage has finished stands in
/// stages/<stage>.json with what it was made from, so that a change of rules or files shows which stages are out of date.
///
/// A run goes on while other sources are looked at.
class DatasetPipeline : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(darkroom::app::StageModel* stages READ stages CONSTANT)
  /// A stage of the chosen source runs.
  Q_PROPERTY(bool running READ running NOTIFY changed)
  /// Stages of another source run.
  Q_PROPERTY(QString busyWith READ busyWith NOTIFY changed)
  /// "2 of 7 stages done, about 31 min left"
  Q_PROPERTY(QString summary READ summary NOTIFY changed)
  Q_PROPERTY(int quarantined READ quarantined NOTIFY changed)
  /// Where a run goes to: key of a stage.
  Q_PROPERTY(QString target READ target WRITE setTarget NOTIFY changed)
  Q_PROPERTY(int imageSize READ imageSize WRITE setImageSize NOTIFY changed)
  Q_PROPERTY(QString model READ model WRITE setModel NOTIFY changed)
  Q_PROPERTY(QString devices READ devices WRITE setDevices NOTIFY changed)
  /// The chosen source has pictures to download; private networks that they may come from too, with commas.
  Q_PROPERTY(bool downloads READ downloads NOTIFY changed)
  Q_PROPERTY(QString networks READ networks WRITE setNetworks NOTIFY changed)
  /// Items that a stage left out and why, see showQuarantine().
  Q_PROPERTY(darkroom::app::FactModel* quarantine READ quarantine CONSTANT)

 public:
  explicit DatasetPipeline(const EngineCommand& command, QObject* parent = nullptr);
  ~DatasetPipeline() override;

  StageModel* stages() const { return m_stages; }
  bool running() const;
  QString busyWith() const;
  QString summary() const;
  int quarantined() const;
  QString target() const { return m_target; }
  void setTarget(const QString& key);
  int imageSize() const { return m_source.imageSize; }
  void setImageSize(int side);
  QString model() const { return m_source.model; }
  void setModel(const QString& model);
  QString devices() const { return m_source.devices; }
  void setDevices(const QString& devices);
  bool downloads() const { return m_source.metadata(); }
  QString networks() const { return m_source.networks; }
  void setNetworks(const QString& networks);
  FactModel* quarantine() const { return m_quarantine; }
  /// For the activity bar: "Downloading", progress 0 to 1 (negative: not known), "12 min left".
  const StageItem& activity() const { return m_live; }
  bool active() const { return !m_task.isNull() || m_listing; }

  /// The source whose stages are shown.
  void show(const SourceRecord& source);
  /// Looks at files and rules again.
  void refresh();

  /// Runs what is missing or out of date up to this stage, in order.
  Q_INVOKABLE void runTo(const QString& stage);
  /// Runs this stage alone, again if it was done.
  Q_INVOKABLE void run(const QString& stage);
  /// Runs the download in a new folder, since one that was begun with other rules does not go on with these. Pictures of finished shards
  /// are taken over where their size stays; the rest is deleted.
  Q_INVOKABLE void startAnew();
  /// Asks the stage to save and end; runTo() goes on from there.
  Q_INVOKABLE void pause();
  Q_INVOKABLE void showQuarantine(const QString& stage);

 signals:
  void changed();
  /// A stage is about to begin: what it reads must be on the disk.
  void starting();
  void stageFinished(const QString& source, const QString& stage);
  void failed(const QString& text);

 private:
  void next();
  void start(Stage stage);
  void ended();
  void listDropped();
  void keepOptions();
  void fail(const QString& reason, const QString& log);
  void fill();
  StageItem itemOf(Stage stage, double& upstream) const;
  /// The stage that runs, as a row.
  StageItem liveItem() const;
  /// It has come further: its row alone is brought up to date, as the others mean looking at files.
  void showLive();

  EngineCommand m_command;
  StageModel* m_stages;
  FactModel* m_quarantine;
  SourceRecord m_source;
  QString m_target = QStringLiteral("latents");
  SourceRecord m_running;  ///< whose stage runs, or ran last
  QList<Stage> m_queue;
  std::filesystem::path m_liveQuarantine;  ///< of the stage that runs; may be empty
  QPointer<EngineTask> m_task;
  StagePace m_pace;
  bool m_listing = false;  ///< what the Arrow stage leaves out is being listed
  bool m_listed = false;
  StageItem m_live;
  QHash<QString, StageItem> m_ended;  ///< "<source>/<stage>": paused or failed in this session
};

}  // namespace darkroom::app
