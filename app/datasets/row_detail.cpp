// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/row_detail.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/image/image.h"
#include "core/text/clip_tokenizer.h"

namespace darkroom::app {
namespace {

constexpr int kTokensShown = 120;

}  // namespace

RowDetail::RowDetail(QObject* parent) : QObject(parent), m_values(new FactModel(this)) {}

int RowDetail::cutAt() const { return ClipTokenizer::kTextTokens; }

void RowDetail::show(double row, const QString& caption, const QSize& picture) {
  m_row = row;
  m_caption = caption;
  m_values->setRows({});
  m_text.clear();
  m_tokens.clear();
  m_fits = caption;
  m_cut.clear();
  m_crop = QRect();
  if (picture.width() > 0 && picture.height() > 0) {
    const int side = std::min(picture.width(), picture.height());
    m_crop = QRect((picture.width() - side) / 2, (picture.height() - side) / 2, side, side);
  }
  try {
    const QByteArray bytes = caption.toUtf8();
    const ClipTokenizer& tokenizer = ClipTokenizer::builtin();
    const std::string_view text(bytes.constData(), static_cast<size_t>(bytes.size()));
    const auto fits = static_cast<qsizetype>(tokenizer.fit(text).fits_bytes);
    m_fits = QString::fromUtf8(bytes.left(fits));
    m_cut = QString::fromUtf8(bytes.mid(fits));
    for (const TokenSpan& span : tokenizer.encode_with_spans(text)) {
      if (m_tokens.size() == kTokensShown) {
        break;
      }
      m_tokens << QString::fromUtf8(bytes.mid(static_cast<qsizetype>(span.begin), static_cast<qsizetype>(span.end - span.begin)));
    }
  } catch (const Error&) {
    m_tokens.clear();  // no vocabulary: the caption is there all the same
  }
  emit changed();
}

void RowDetail::take(quint64 row, const QStringList& names, const QStringList& values) {
  if (static_cast<double>(row) != m_row) {
    return;
  }
  QList<FactItem> facts;
  QStringList lines;
  for (qsizetype i = 0; i < names.size(); ++i) {
    if (names[i] == "crop") {
      const QStringList parts = values[i].split(',');
      if (parts.size() == 3) {
        m_crop = QRect(parts[0].toInt(), parts[1].toInt(), parts[2].toInt(), parts[2].toInt());
      }
    }
    facts << FactItem{.name = names[i], .value = values[i].isEmpty() ? tr("empty") : values[i]};
    lines << names[i] + QStringLiteral(": ") + values[i].left(160);
  }
  m_values->setRows(facts);
  m_text = lines.join('\n');
  emit changed();
}

}  // namespace darkroom::app
