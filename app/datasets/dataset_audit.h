// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/datasets/audit_items.h"
#include "app/datasets/side_stage.h"
#include "app/datasets/source_record.h"
#include "core/pipeline/picture_check.h"

namespace darkroom::app {

/// What is wrong with the shards of the chosen source, and with the rows made from them, by `data audit`. What it found stands in
/// stages/audit/, and in stages/audit.json with what it was made from. It goes on while other sources are looked at.
class DatasetAudit : public darkroom::app::SideStage {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  /// Kinds of findings that were met, the most frequent first.
  Q_PROPERTY(darkroom::app::AuditKindModel* kinds READ kinds CONSTANT)
  /// Key of the kind whose findings are shown; empty: none was met.
  Q_PROPERTY(QString kind READ kind WRITE setKind NOTIFY changed)
  Q_PROPERTY(QString kindHelp READ kindHelp NOTIFY changed)
  Q_PROPERTY(darkroom::app::AuditFindingModel* findings READ findings CONSTANT)
  /// "the first 2,000 of 9,318"; empty while all are shown.
  Q_PROPERTY(QString shownText READ shownText NOTIFY changed)
  /// An audit was finished, now or earlier.
  Q_PROPERTY(bool known READ known NOTIFY changed)
  /// There are shards to look at, and no other source's are being looked at.
  Q_PROPERTY(bool canRun READ canRun NOTIFY changed)
  /// Why not; or empty.
  Q_PROPERTY(QString cannot READ cannot NOTIFY changed)
  /// A shorter side below it counts as too small, px.
  Q_PROPERTY(int tinySide READ tinySide WRITE setTinySide NOTIFY changed)
  /// A spread of the values below it counts as flat, 0 to 127.5.
  Q_PROPERTY(double flatSpread READ flatSpread WRITE setFlatSpread NOTIFY changed)

 public:
  explicit DatasetAudit(const EngineCommand& command, QObject* parent = nullptr);

  AuditKindModel* kinds() const { return m_kinds; }
  QString kind() const { return m_kind; }
  void setKind(const QString& key);
  QString kindHelp() const;
  AuditFindingModel* findings() const { return m_findings; }
  QString shownText() const;
  bool known() const { return m_known; }
  bool canRun() const { return cannot().isEmpty(); }
  QString cannot() const;
  int tinySide() const { return m_options.tiny_side; }
  void setTinySide(int side);
  double flatSpread() const { return m_options.flat_std; }
  void setFlatSpread(double spread);
  bool running() const override { return active() && m_running.folder == m_source.folder; }

  /// Reads what an earlier audit of this source found.
  void showSource(const SourceRecord& source);
  /// Looks at every picture; goes on where an earlier run was stopped or killed.
  Q_INVOKABLE void run();

 protected:
  void finished(const Json& done, double seconds) override;
  void left(const StageItem& row) override;

 private:
  QStringList arguments(const SourceRecord& source) const;
  QString signature(const SourceRecord& source) const;
  void show();
  void readFindings();

  SourceRecord m_source;
  SourceRecord m_running;
  QString m_signature;  ///< of what runs, when it began
  bool m_known = false;
  bool m_hasShards = false;
  CheckOptions m_options;
  CheckOptions m_runningOptions;
  QString m_kind;
  AuditKindModel* m_kinds;
  AuditFindingModel* m_findings;
  int m_reading = 0;                  ///< counts readings: only the newest is shown
  QHash<QString, StageItem> m_ended;  ///< by source: paused or failed in this session
};

}  // namespace darkroom::app
