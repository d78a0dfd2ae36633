// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QColor>
#include <QObject>
#include <QPointer>
#include <QQuickTextDocument>

namespace darkroom::app {

class CutHighlighter;

/// The looks of a prompt's text area: a fixed line height, and a dimmed colour from the character on that the model no longer sees.
///   PromptFormat { textDocument: area.textDocument; lineHeight: 20; cutAt: page.promptCutAt; cutColor: Theme.colors.disabled }
class PromptFormat : public QObject {
  Q_OBJECT
  QML_ELEMENT
  Q_PROPERTY(QQuickTextDocument* textDocument READ textDocument WRITE setTextDocument NOTIFY changed)
  Q_PROPERTY(double lineHeight READ lineHeight WRITE setLineHeight NOTIFY changed)  ///< px
  Q_PROPERTY(int cutAt READ cutAt WRITE setCutAt NOTIFY changed)                    ///< -1: nothing is cut
  Q_PROPERTY(QColor cutColor READ cutColor WRITE setCutColor NOTIFY changed)

 public:
  explicit PromptFormat(QObject* parent = nullptr);
  ~PromptFormat() override;

  QQuickTextDocument* textDocument() const { return m_document; }
  void setTextDocument(QQuickTextDocument* document);
  double lineHeight() const { return m_lineHeight; }
  void setLineHeight(double pixels);
  int cutAt() const { return m_cutAt; }
  void setCutAt(int character);
  QColor cutColor() const { return m_cutColor; }
  void setCutColor(const QColor& color);

 signals:
  void changed();

 private:
  void setHeights();

  QPointer<QQuickTextDocument> m_document;
  QPointer<CutHighlighter> m_highlighter;  ///< owned by the document
  double m_lineHeight = 20;
  int m_cutAt = -1;
  QColor m_cutColor = Qt::gray;
  int m_blocks = 0;  ///< that have the height
};

}  // namespace darkroom::app
