// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <memory>

#include "app/datasets/dataset_items.h"
#include "app/datasets/picture_shelf.h"
#include "app/datasets/source_record.h"

namespace darkroom::app {

/// The sources of a workspace and their cards. What a card says of a source that was opened once, its rows, bytes and a picture, lies
/// beside it in card.json and card.png.
class SourceCards : public QObject {
  Q_OBJECT

 public:
  /// datasets  the workspace's folder of them
  explicit SourceCards(const QString& datasets, QObject* parent = nullptr);

  SourceModel* model() const { return m_model; }
  const std::vector<SourceRecord>& records() const { return m_records; }
  /// Null where there is none.
  const SourceRecord* find(const QString& key) const;
  /// The one that is made of these files.
  const SourceRecord* findMadeOf(const std::vector<std::filesystem::path>& inputs) const;

  /// Looks for them again.
  void refresh();
  /// Gives it a folder of its own, where a dataset of the hub is fetched to, and writes its source.json; returns its key.
  /// throws  Error{io}
  QString add(SourceRecord source);
  /// Measures a source that has been opened, beside the GUI thread; `changed` when it is done.
  /// shelf  its pictures; null: they are not on this computer
  void measure(const SourceRecord& source, uint64_t rows, std::shared_ptr<const PictureShelf> shelf);

 signals:
  void changed();

 private:
  QString m_datasets;
  SourceModel* m_model;
  std::vector<SourceRecord> m_records;
};

/// "12.4 GB", or that it is being measured.
QString sizeOnDisk(const SourceRecord& source);

}  // namespace darkroom::app
