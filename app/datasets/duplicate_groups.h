// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QPointer>

#include "app/datasets/dataset_items.h"
#include "app/datasets/source_record.h"
#include "app/engine_host/engine_command.h"

namespace darkroom::app {

class EngineTask;

/// Pictures that are nearly the same: the one that stays, and the others.
struct DuplicateGroup {
  Q_GADGET
  Q_PROPERTY(QString keptKey MEMBER keptKey)
  Q_PROPERTY(QStringList droppedKeys MEMBER droppedKeys)
  Q_PROPERTY(QStringList distances MEMBER distances)  ///< of the dropped ones: "2 bits"
  Q_PROPERTY(QUrl keptPicture MEMBER keptPicture)
  Q_PROPERTY(QList<QUrl> droppedPictures MEMBER droppedPictures)
 public:
  QString keptKey;
  QStringList droppedKeys, distances;
  QUrl keptPicture;
  QList<QUrl> droppedPictures;
  bool operator==(const DuplicateGroup&) const = default;
};

class DuplicateGroupModel : public RowListModel<DuplicateGroup> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// Near-duplicates among the shards of the chosen source, by `data dedup`. What it drops, the Arrow stage leaves out.
class DuplicateGroups : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(darkroom::app::DuplicateGroupModel* groups READ groups CONSTANT)
  /// "38,112 in 16,904 groups", "not looked for", how far the search is, or why it failed.
  Q_PROPERTY(QString text READ text NOTIFY changed)
  Q_PROPERTY(bool searching READ searching NOTIFY changed)
  /// There are shards to look at.
  Q_PROPERTY(bool canSearch READ canSearch NOTIFY changed)
  /// Which picture of a group stays: "largest", "aesthetic", "first".
  Q_PROPERTY(QString keep READ keep WRITE setKeep NOTIFY changed)
  /// Bits of 64 in which hashes may differ.
  Q_PROPERTY(int distance READ distance WRITE setDistance NOTIFY changed)

 public:
  explicit DuplicateGroups(const EngineCommand& command, QObject* parent = nullptr);
  ~DuplicateGroups() override;

  DuplicateGroupModel* groups() const { return m_groups; }
  QString text() const { return m_text; }
  bool searching() const { return !m_task.isNull(); }
  bool canSearch() const;
  QString keep() const { return m_keep; }
  void setKeep(const QString& keep);
  int distance() const { return m_distance; }
  void setDistance(int bits);

  /// Reads what an earlier search found.
  void showSource(const SourceRecord& source);
  Q_INVOKABLE void search();
  Q_INVOKABLE void stop();
  /// Forgets what was found: nothing is left out as a duplicate.
  Q_INVOKABLE void keepAll();

 signals:
  void changed();

 private:
  void read();

  EngineCommand m_command;
  SourceRecord m_source;
  DuplicateGroupModel* m_groups;
  QPointer<EngineTask> m_task;
  QString m_text;
  QString m_keep = QStringLiteral("largest");
  int m_distance = 3;
};

}  // namespace darkroom::app
