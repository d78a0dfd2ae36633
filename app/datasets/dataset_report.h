// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QPointer>

#include "app/datasets/curation_worker.h"
#include "app/datasets/dataset_items.h"
#include "app/engine_host/engine_command.h"
#include "core/base/json.h"

namespace darkroom::app {

class EngineTask;

/// The distribution of one column over all rows of a source.
struct FigureItem {
  Q_GADGET
  Q_PROPERTY(QString title MEMBER title)
  Q_PROPERTY(QString fromText MEMBER fromText)
  Q_PROPERTY(QString toText MEMBER toText)
  Q_PROPERTY(QString detail MEMBER detail)  ///< "half of the rows between 4.9 and 6.1"
  Q_PROPERTY(QList<qreal> bars MEMBER bars)
 public:
  QString title, fromText, toText, detail;
  QList<qreal> bars;
  bool operator==(const FigureItem&) const = default;
};

class FigureModel : public RowListModel<FigureItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// Statistics of the chosen source: of its columns from the column store, of its latents from dataset.json.
class DatasetReport : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(darkroom::app::FigureModel* figures READ figures CONSTANT)
  /// A line a channel: mean and standard deviation; empty while there are no latents.
  Q_PROPERTY(darkroom::app::FactModel* latents READ latents CONSTANT)
  /// Of `data stats`: numbers, the most frequent words, the shards.
  Q_PROPERTY(darkroom::app::FactModel* numbers READ numbers CONSTANT)
  Q_PROPERTY(darkroom::app::FactModel* words READ words CONSTANT)
  Q_PROPERTY(darkroom::app::FactModel* shards READ shards CONSTANT)
  /// "21,013 rows, 114 captions longer than the text encoder sees"; what stands in the way; or how far counting is.
  Q_PROPERTY(QString statisticsText READ statisticsText NOTIFY changed)
  Q_PROPERTY(bool counting READ counting NOTIFY changed)
  /// Captions have been tokenised.
  Q_PROPERTY(bool canCount READ canCount NOTIFY changed)
  /// What is unusual about the latents, a sentence each.
  Q_PROPERTY(QStringList remarks READ remarks NOTIFY changed)

 public:
  explicit DatasetReport(const EngineCommand& command, QObject* parent = nullptr);
  ~DatasetReport() override;

  FigureModel* figures() const { return m_figures; }
  FactModel* latents() const { return m_latents; }
  QStringList remarks() const { return m_remarks; }

  FactModel* numbers() const { return m_numbers; }
  FactModel* words() const { return m_words; }
  FactModel* shards() const { return m_shards; }
  QString statisticsText() const { return m_statisticsText; }
  bool counting() const { return !m_task.isNull(); }
  bool canCount() const;

  void clear();
  /// Reads what `data stats` found earlier.
  void showSource(const SourceRecord& source);
  Q_INVOKABLE void count();
  Q_INVOKABLE void stopCounting();
  void showColumns(const CurationAnswer& answer);
  /// Reads dataset.json of a folder, where there is one.
  void showLatents(const std::filesystem::path& folder);

 signals:
  void changed();

 private:
  void take(const Json& statistics);

  EngineCommand m_command;
  SourceRecord m_source;
  QPointer<EngineTask> m_task;
  QString m_statisticsText;
  FactModel* m_numbers;
  FactModel* m_words;
  FactModel* m_shards;
  FigureModel* m_figures;
  FactModel* m_latents;
  QStringList m_remarks;
};

}  // namespace darkroom::app
