// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/dashed_pieces.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace darkroom::app {
namespace {

constexpr qreal kBeyond = 10;  ///< px above and below the picture that are still drawn

/// Where a pen stands in its pattern.
class Dash {
 public:
  explicit Dash(const QList<qreal>& pattern)
      : m_pattern(pattern), m_sum(std::accumulate(pattern.begin(), pattern.end(), qreal(0))), m_left(m_sum > 0 ? pattern[0] : 0) {}

  void advance(qreal length) {
    if (m_sum <= 0) {
      return;
    }
    length = std::fmod(length, m_sum);
    while (length > m_left) {
      length -= m_left;
      next();
    }
    m_left -= length;
  }

  /// Goes over a line of this length from `from` to `to`, px from its start.
  void draw(const QLineF& line, qreal length, qreal from, qreal to, QList<QLineF>& pieces) {
    const auto piece = [&](qreal begin, qreal end) {
      if (end > begin) {
        pieces.append({line.pointAt(begin / length), line.pointAt(end / length)});
      }
    };
    if (m_sum <= 0) {
      piece(from, to);
      return;
    }
    while (to - from > m_left) {
      if (m_on) {
        piece(from, from + m_left);
      }
      from += m_left;
      next();
    }
    if (m_on) {
      piece(from, to);
    }
    m_left -= to - from;
  }

 private:
  void next() {
    m_part = (m_part + 1) % m_pattern.size();
    m_on = m_part % 2 == 0;
    m_left = m_pattern[m_part];
  }

  const QList<qreal>& m_pattern;
  qreal m_sum;
  qreal m_left;
  qsizetype m_part = 0;
  bool m_on = true;
};

/// The part of a line between two heights, as parts of its length; the second is not above the first when there is none.
std::pair<qreal, qreal> between(const QLineF& line, qreal top, qreal bottom) {
  if (line.dy() == 0) {
    return line.y1() < top || line.y1() > bottom ? std::pair(1.0, 0.0) : std::pair(0.0, 1.0);
  }
  const qreal a = (top - line.y1()) / line.dy();
  const qreal b = (bottom - line.y1()) / line.dy();
  return {std::clamp(std::min(a, b), 0.0, 1.0), std::clamp(std::max(a, b), 0.0, 1.0)};
}

}  // namespace

QList<QLineF> dashedPieces(const QList<QPointF>& points, const QList<qreal>& pattern, const QRectF& clip) {
  QList<QLineF> pieces;
  pieces.reserve(points.size());
  Dash dash(pattern);
  for (qsizetype i = 1; i < points.size(); ++i) {
    const QLineF line(points[i - 1], points[i]);
    const qreal length =
        std::sqrt(line.dx() * line.dx() + line.dy() * line.dy());  // QLineF::length() minds overflow, at five times the time
    if (!std::isfinite(length) || length == 0) {
      continue;
    }
    const auto [from, to] = between(line, clip.top() - kBeyond, clip.bottom() + kBeyond);
    if (from >= to) {
      dash.advance(length);
      continue;
    }
    dash.advance(from * length);
    dash.draw(line, length, from * length, to * length, pieces);
    dash.advance((1 - to) * length);
  }
  return pieces;
}

}  // namespace darkroom::app
