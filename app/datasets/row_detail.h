// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QRect>

#include "app/datasets/dataset_items.h"

namespace darkroom::app {

/// One row as it is looked at: all its values, its caption as the text encoder takes it, and the square that a training picture is cut
/// from.
class RowDetail : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  /// Number of the row; negative: none.
  Q_PROPERTY(double row READ row NOTIFY changed)
  Q_PROPERTY(darkroom::app::FactModel* values READ values CONSTANT)
  /// "name: value", a line each: for hovering.
  Q_PROPERTY(QString text READ text NOTIFY changed)
  Q_PROPERTY(QString caption READ caption NOTIFY changed)
  /// The part of the caption that the text encoder sees, and the part that is cut off.
  Q_PROPERTY(QString captionFits READ captionFits NOTIFY changed)
  Q_PROPERTY(QString captionCut READ captionCut NOTIFY changed)
  /// The pieces that it becomes; those from `cutAt` on are lost.
  Q_PROPERTY(QStringList tokens READ tokens NOTIFY changed)
  Q_PROPERTY(int cutAt READ cutAt CONSTANT)
  /// Of the picture's own pixels; empty when not known.
  Q_PROPERTY(QRect crop READ crop NOTIFY changed)

 public:
  explicit RowDetail(QObject* parent = nullptr);

  double row() const { return m_row; }
  FactModel* values() const { return m_values; }
  QString text() const { return m_text; }
  QString caption() const { return m_caption; }
  QString captionFits() const { return m_fits; }
  QString captionCut() const { return m_cut; }
  QStringList tokens() const { return m_tokens; }
  int cutAt() const;
  QRect crop() const { return m_crop; }

  /// What is known at once; the values follow by take().
  void show(double row, const QString& caption, const QSize& picture);
  void take(quint64 row, const QStringList& names, const QStringList& values);

 signals:
  void changed();

 private:
  double m_row = -1;
  FactModel* m_values;
  QString m_text, m_caption, m_fits, m_cut;
  QStringList m_tokens;
  QRect m_crop;
};

}  // namespace darkroom::app
