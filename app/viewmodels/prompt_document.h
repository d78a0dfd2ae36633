// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QColor>
#include <QObject>
#include <QPoint>
#include <QPointer>
#include <QQuickTextDocument>

namespace darkroom::app {

/// The text of a prompt field: shows its weights in colours, and changes them as one edit that the field can undo. Created in QML:
///   PromptDocument { document: field.document; up: Theme.colors.weightUp; … }
class PromptDocument : public QObject {
  Q_OBJECT
  QML_ELEMENT
  /// `textDocument` of the field.
  Q_PROPERTY(QQuickTextDocument* document READ document WRITE setDocument NOTIFY documentChanged)
  /// Of words with a weight above and below 1, and of the signs and numbers that give it.
  Q_PROPERTY(QColor up MEMBER m_up NOTIFY colorsChanged)
  Q_PROPERTY(QColor down MEMBER m_down NOTIFY colorsChanged)
  Q_PROPERTY(QColor signs MEMBER m_signs NOTIFY colorsChanged)

 public:
  explicit PromptDocument(QObject* parent = nullptr);
  ~PromptDocument() override;

  QQuickTextDocument* document() const { return m_document; }
  void setDocument(QQuickTextDocument* document);

  /// Adds `by` to the weight of the words in [from, to), or of the word at `from` where that is empty (changeWeightOf). Returns where those
  /// words are then: x the first character, y behind the last.
  Q_INVOKABLE QPoint changeWeight(int from, int to, double by);

 signals:
  void documentChanged();
  void colorsChanged();

 private:
  class Highlighter;

  QPointer<QQuickTextDocument> m_document;
  QPointer<Highlighter> m_highlighter;  ///< the document's child: goes with it
  QColor m_up, m_down, m_signs;
};

}  // namespace darkroom::app
