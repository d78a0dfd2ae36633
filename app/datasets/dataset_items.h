// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of the lists of the Datasets page. Each property is a role of the model below it.
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QStringList>
#include <QUrl>

#include "app/viewmodels/row_list_model.h"

namespace darkroom::app {

/// A card in the list of sources.
struct SourceItem {
  Q_GADGET
  Q_PROPERTY(QString key MEMBER key)  ///< name of its folder
  Q_PROPERTY(QString title MEMBER title)
  Q_PROPERTY(QString kind MEMBER kind)            ///< "parquet metadata"
  Q_PROPERTY(QString detail MEMBER detail)        ///< "128 parquet files"
  Q_PROPERTY(QString countText MEMBER countText)  ///< "52,184,331"; empty while not known
  Q_PROPERTY(QString countUnit MEMBER countUnit)  ///< "rows", "images"
  Q_PROPERTY(QUrl picture MEMBER picture)         ///< of one of its rows, or empty
  Q_PROPERTY(QString problem MEMBER problem)      ///< a sentence, or empty
 public:
  QString key, title, kind, detail, countText, countUnit;
  QUrl picture;
  QString problem;
  bool operator==(const SourceItem&) const = default;
};

class SourceModel : public RowListModel<SourceItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// A rule with the histogram of its column.
struct FilterItem {
  Q_GADGET
  Q_PROPERTY(QString kind MEMBER kind)      ///< "range", "texts", "unique"
  Q_PROPERTY(QString title MEMBER title)    ///< "Aesthetic score"
  Q_PROPERTY(QString column MEMBER column)  ///< as in rules.json
  Q_PROPERTY(bool on MEMBER on)
  Q_PROPERTY(bool keepsEmpty MEMBER keepsEmpty)   ///< rows without a value pass
  Q_PROPERTY(QString emptyText MEMBER emptyText)  ///< "1,204 rows have no value"; empty when all have one
  // Of a range.
  Q_PROPERTY(bool hasLow MEMBER hasLow)
  Q_PROPERTY(bool hasHigh MEMBER hasHigh)
  Q_PROPERTY(double low MEMBER low)
  Q_PROPERTY(double high MEMBER high)
  Q_PROPERTY(QString lowSign MEMBER lowSign)    ///< "≥", ">"
  Q_PROPERTY(QString highSign MEMBER highSign)  ///< "≤", "<"
  Q_PROPERTY(double from MEMBER from)           ///< the histogram's ends
  Q_PROPERTY(double to MEMBER to)
  Q_PROPERTY(double step MEMBER step)
  Q_PROPERTY(int decimals MEMBER decimals)
  Q_PROPERTY(QString unit MEMBER unit)
  Q_PROPERTY(QList<qreal> bars MEMBER bars)  ///< 0 to 1: rows that pass every other rule
  // Of texts.
  Q_PROPERTY(QString words MEMBER words)  ///< "UNLIKELY, UNSURE"
  Q_PROPERTY(QString pattern MEMBER pattern)
  Q_PROPERTY(QString notPattern MEMBER notPattern)
  Q_PROPERTY(QString dictionary MEMBER dictionary)    ///< words that occur, when they are few: "NSFW, UNLIKELY"
  Q_PROPERTY(QString aloneText MEMBER aloneText)      ///< "48,612,540" rows that it drops, whatever the others say
  Q_PROPERTY(QString inOrderText MEMBER inOrderText)  ///< rows that came as far as this rule and no further
  Q_PROPERTY(QString onlyText MEMBER onlyText)        ///< rows that it alone drops
  Q_PROPERTY(bool pending MEMBER pending)             ///< the texts are still being read
  Q_PROPERTY(QString problem MEMBER problem)          ///< a sentence, or empty
 public:
  QString kind, title, column;
  bool on = true;
  bool keepsEmpty = false;
  QString emptyText;
  bool hasLow = false;
  bool hasHigh = false;
  double low = 0;
  double high = 0;
  QString lowSign, highSign;
  double from = 0;
  double to = 1;
  double step = 1;
  int decimals = 0;
  QString unit;
  QList<qreal> bars;
  QString words, pattern, notPattern;
  QString dictionary;
  QString aloneText, inOrderText, onlyText;
  bool pending = false;
  QString problem;
  bool operator==(const FilterItem&) const = default;
};

class FilterModel : public RowListModel<FilterItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// A rule that can be added.
struct NewRuleItem {
  Q_GADGET
  Q_PROPERTY(QString key MEMBER key)  ///< "range:aesthetic", "unique:url", "texts:caption"
  Q_PROPERTY(QString title MEMBER title)
  Q_PROPERTY(QString detail MEMBER detail)
 public:
  QString key, title, detail;
  bool operator==(const NewRuleItem&) const = default;
};

class NewRuleModel : public RowListModel<NewRuleItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// A stage of the pipeline.
struct StageItem {
  Q_GADGET
  Q_PROPERTY(QString key MEMBER key)           ///< "fetch", "filter", "download", "shards", "tokens", "arrow", "latents"
  Q_PROPERTY(QString title MEMBER title)       ///< "Download"
  Q_PROPERTY(QString state_ MEMBER state)      ///< "done", "running", "waiting", "paused", "failed", "stale", "skipped"
  Q_PROPERTY(double progress MEMBER progress)  ///< 0 to 1; negative: not known
  Q_PROPERTY(QString percentText MEMBER percentText)
  Q_PROPERTY(QString line MEMBER line)      ///< "412,806 of 1,315,411"
  Q_PROPERTY(QString detail MEMBER detail)  ///< "1,240 images/s · 12 min left"
  Q_PROPERTY(int quarantined MEMBER quarantined)
  Q_PROPERTY(bool anew MEMBER anew)           ///< it may have to be started anew, see DatasetPipeline::startAnew
  Q_PROPERTY(QString problem MEMBER problem)  ///< why it failed
  Q_PROPERTY(QString log MEMBER log)
 public:
  QString key, title, state = QStringLiteral("waiting");
  double progress = 0;
  QString percentText, line, detail;
  int quarantined = 0;
  bool anew = false;
  QString problem, log;
  bool operator==(const StageItem&) const = default;
};

class StageModel : public RowListModel<StageItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// A name and what stands beside it: a fact of a source, a value of a row, a reason and how often.
struct FactItem {
  Q_GADGET
  Q_PROPERTY(QString name MEMBER name)
  Q_PROPERTY(QString value MEMBER value)
 public:
  QString name, value;
  bool operator==(const FactItem&) const = default;
};

class FactModel : public RowListModel<FactItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

}  // namespace darkroom::app
