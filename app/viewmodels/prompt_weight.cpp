// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/prompt_weight.h"

#include <QRegularExpression>
#include <algorithm>
#include <cmath>

namespace darkroom::app {

WeightedPrompt changeWeightOf(const QString& text, int from, int to, double by) {
  const int size = static_cast<int>(text.size());
  from = std::clamp(from, 0, size);
  to = std::clamp(to, from, size);
  if (from == to) {
    const auto wordy = [&](int at) { return text[at].isLetterOrNumber() || text[at] == '-' || text[at] == '\''; };
    while (from > 0 && wordy(from - 1)) {
      --from;
    }
    while (to < size && wordy(to)) {
      ++to;
    }
  }
  while (from < to && text[from].isSpace()) {
    ++from;
  }
  while (to > from && text[to - 1].isSpace()) {
    --to;
  }
  if (from == to) {
    return {text, from, to};
  }
  // The words alone, or with the brackets around them.
  static const QRegularExpression after(QStringLiteral("^:([0-9]*\\.?[0-9]+)\\)"));
  static const QRegularExpression whole(QStringLiteral("^\\((.*):([0-9]*\\.?[0-9]+)\\)$"), QRegularExpression::DotMatchesEverythingOption);
  QString words = text.mid(from, to - from);
  double weight = 1;
  int begin = from;
  int end = to;
  if (const auto match = whole.match(words); match.hasMatch()) {
    words = match.captured(1);
    weight = match.captured(2).toDouble();
  } else if (const auto behind = after.match(text.mid(to)); from > 0 && text[from - 1] == '(' && behind.hasMatch()) {
    weight = behind.captured(1).toDouble();
    begin = from - 1;
    end = to + static_cast<int>(behind.capturedLength());
  }
  weight = std::clamp(std::round((weight + by) * 100) / 100, 0.1, 2.0);
  const bool plain = std::abs(weight - 1) < 0.005;
  const QString changed = plain ? words : QStringLiteral("(%1:%2)").arg(words, QString::number(weight));
  const int start = begin + (plain ? 0 : 1);
  return {text.left(begin) + changed + text.mid(end), start, start + static_cast<int>(words.size())};
}

}  // namespace darkroom::app
