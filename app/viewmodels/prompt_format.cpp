// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/prompt_format.h"

#include <QSyntaxHighlighter>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextDocument>

namespace darkroom::app {

/// Colours what stands behind the cut; the document's text and undo stack are not touched.
class CutHighlighter : public QSyntaxHighlighter {
 public:
  using QSyntaxHighlighter::QSyntaxHighlighter;
  int cutAt = -1;
  QColor color;

 protected:
  void highlightBlock(const QString& text) override {
    const int begin = currentBlock().position();
    const int from = cutAt - begin;
    if (cutAt >= 0 && from < text.size()) {
      setFormat(std::max(0, from), static_cast<int>(text.size()) - std::max(0, from), color);
    }
  }
};

PromptFormat::PromptFormat(QObject* parent) : QObject(parent) {}

PromptFormat::~PromptFormat() { delete m_highlighter; }

void PromptFormat::setTextDocument(QQuickTextDocument* document) {
  if (document == m_document) {
    return;
  }
  delete m_highlighter;
  if (m_document && m_document->textDocument()) {
    m_document->textDocument()->disconnect(this);
  }
  m_document = document;
  m_blocks = 0;
  if (document && document->textDocument()) {
    m_highlighter = new CutHighlighter(document->textDocument());
    m_highlighter->cutAt = m_cutAt;
    m_highlighter->color = m_cutColor;
    connect(document->textDocument(), &QTextDocument::blockCountChanged, this, &PromptFormat::setHeights);
    setHeights();
  }
  emit changed();
}

void PromptFormat::setHeights() {
  QTextDocument* document = m_document ? m_document->textDocument() : nullptr;
  if (!document || document->blockCount() == m_blocks) {
    return;
  }
  m_blocks = document->blockCount();
  QTextCursor cursor(document);
  // One step of undo with what made the blocks.
  cursor.joinPreviousEditBlock();
  cursor.select(QTextCursor::Document);
  QTextBlockFormat format;
  format.setLineHeight(m_lineHeight, QTextBlockFormat::FixedHeight);
  cursor.mergeBlockFormat(format);
  cursor.endEditBlock();
}

void PromptFormat::setLineHeight(double pixels) {
  if (pixels != m_lineHeight) {
    m_lineHeight = pixels;
    m_blocks = 0;
    setHeights();
    emit changed();
  }
}

void PromptFormat::setCutAt(int character) {
  if (character != m_cutAt) {
    m_cutAt = character;
    if (m_highlighter) {
      m_highlighter->cutAt = character;
      m_highlighter->rehighlight();
    }
    emit changed();
  }
}

void PromptFormat::setCutColor(const QColor& color) {
  if (color != m_cutColor) {
    m_cutColor = color;
    if (m_highlighter) {
      m_highlighter->color = color;
      m_highlighter->rehighlight();
    }
    emit changed();
  }
}

}  // namespace darkroom::app
