// SPDX-License-Identifier: GPL-3.0-or-later
// What a weight is, is read by the grammar that the engine reads it by; weights of what a schedule changes are those of the whole text.
#include "app/viewmodels/prompt_document.h"

#include <QSyntaxHighlighter>
#include <QTextCursor>
#include <QTextDocument>
#include <QTimer>

#include "app/viewmodels/prompt_weight.h"
#include "core/text/prompt_syntax.h"

namespace darkroom::app {
namespace {

/// What weight a character has; a sign of the grammar has none.
struct Span {
  int begin, end;
  double weight;
};

std::vector<Span> weightsOf(const QString& text) {
  const QByteArray bytes = text.toUtf8();
  // Characters before a byte: prompts are short, and most are ASCII.
  const auto place = [&](size_t byte) { return static_cast<int>(QString::fromUtf8(bytes.left(static_cast<qsizetype>(byte))).size()); };
  std::vector<Span> spans;
  for (const WeightedText& part : parse_weights(std::string_view(bytes.constData(), static_cast<size_t>(bytes.size())))) {
    for (const ByteRange& piece : part.text.pieces()) {
      spans.push_back({place(piece.begin), place(piece.end), part.ends_chunk() ? 1.0 : part.weight});
    }
  }
  return spans;
}

}  // namespace

class PromptDocument::Highlighter : public QSyntaxHighlighter {
 public:
  explicit Highlighter(const PromptDocument& owner) : QSyntaxHighlighter(owner.m_document->textDocument()), m_owner(owner) {
    // A bracket that is opened or closed in one line changes the others too.
    QObject::connect(document(), &QTextDocument::contentsChange, this, [this] {
      // New colours are a change of the contents too: only another text counts.
      if (document()->blockCount() > 1 && document()->toPlainText() != m_whole) {
        m_whole = document()->toPlainText();
        QTimer::singleShot(0, this, &QSyntaxHighlighter::rehighlight);
      }
    });
  }

 protected:
  void highlightBlock(const QString& line) override {
    if (line.isEmpty()) {
      return;
    }
    QString text = document()->toPlainText();
    if (text != m_text) {
      m_text = std::move(text);
      m_spans = weightsOf(m_text);
    }
    const int start = currentBlock().position();
    const int length = static_cast<int>(line.size());
    QTextCharFormat format;
    format.setForeground(m_owner.m_signs);
    setFormat(0, length, format);
    for (const Span& span : m_spans) {
      const int begin = std::max(0, span.begin - start);
      const int end = std::min(length, span.end - start);
      if (begin >= end) {
        continue;
      }
      QTextCharFormat words;
      if (span.weight != 1) {
        words.setForeground(span.weight > 1 ? m_owner.m_up : m_owner.m_down);
      }
      setFormat(begin, end - begin, words);
    }
  }

 private:
  const PromptDocument& m_owner;
  QString m_text;
  std::vector<Span> m_spans;  ///< of m_text
  QString m_whole;            ///< the text of several lines that all lines were coloured for
};

PromptDocument::PromptDocument(QObject* parent) : QObject(parent) {
  connect(this, &PromptDocument::colorsChanged, this, [this] {
    if (m_highlighter) {
      m_highlighter->rehighlight();
    }
  });
}

PromptDocument::~PromptDocument() { delete m_highlighter.data(); }

void PromptDocument::setDocument(QQuickTextDocument* document) {
  if (document == m_document) {
    return;
  }
  m_document = document;
  delete m_highlighter.data();
  m_highlighter = document != nullptr ? new Highlighter(*this) : nullptr;
  emit documentChanged();
}

QPoint PromptDocument::changeWeight(int from, int to, double by) {
  if (!m_document) {
    return {from, to};
  }
  QTextDocument* text = m_document->textDocument();
  const QString before = text->toPlainText();
  const WeightedPrompt after = changeWeightOf(before, from, to, by);
  if (after.text != before) {
    // Only what differs, so that the cursor and everything around it stay.
    int same = 0;
    const int shorter = static_cast<int>(std::min(before.size(), after.text.size()));
    while (same < shorter && before[same] == after.text[same]) {
      ++same;
    }
    int tail = 0;
    while (tail < shorter - same && before[before.size() - 1 - tail] == after.text[after.text.size() - 1 - tail]) {
      ++tail;
    }
    QTextCursor cursor(text);
    cursor.beginEditBlock();
    cursor.setPosition(same);
    cursor.setPosition(static_cast<int>(before.size()) - tail, QTextCursor::KeepAnchor);
    cursor.insertText(after.text.mid(same, after.text.size() - same - tail));
    cursor.endEditBlock();
  }
  return {after.from, after.to};
}

}  // namespace darkroom::app
