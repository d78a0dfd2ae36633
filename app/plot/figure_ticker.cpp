// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plot/figure_ticker.h"

#include <cmath>

namespace darkroom::app {
namespace {

/// 1, 2 or 5 times a power of ten, the first that is >= value.
double roundUp(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double mantissa : {1.0, 2.0, 5.0}) {
    if (mantissa * power >= value * 0.9999) {
      return mantissa * power;
    }
  }
  return 10 * power;
}

/// "5e-06" as "5e-6".
QString shortPower(QString text) {
  const qsizetype e = text.indexOf('e');
  if (e < 0) {
    return text;
  }
  qsizetype digits = e + 1;
  if (digits < text.size() && (text[digits] == '-' || text[digits] == '+')) {
    ++digits;
  }
  while (digits + 1 < text.size() && text[digits] == '0') {
    text.remove(digits, 1);
  }
  return text.remove('+');
}

}  // namespace

double FigureTicker::getTickStep(const QCPRange& range) {
  const double spacing = m_labels == Labels::counts ? 64 : 34;
  const double wanted = std::max(1.0, m_pixels / spacing);
  m_step = roundUp(std::max(range.size(), 1e-30) / wanted);
  if (m_labels == Labels::counts && range.size() > 4) {
    m_step = std::max(1.0, m_step);
  }
  return m_step;
}

QVector<double> FigureTicker::createTickVector(double tickStep, const QCPRange& range) {
  if (!m_logarithmic || range.lower <= 0) {
    return QCPAxisTicker::createTickVector(tickStep, range);
  }
  QVector<double> candidates;
  if (range.upper / range.lower < 8) {
    candidates = QCPAxisTicker::createTickVector(roundUp(range.size() / std::max(1.0, m_pixels / 26.0)), range);
  } else {
    for (double power = std::pow(10.0, std::floor(std::log10(range.lower))); power <= range.upper; power *= 10) {
      for (const double mantissa : {1.0, 2.0, 5.0}) {
        candidates.push_back(mantissa * power);
      }
    }
  }
  QVector<double> ticks;
  double smallest_step = range.size();
  const double pixels_a_log = m_pixels / std::log(range.upper / range.lower);
  for (auto tick = candidates.crbegin(); tick != candidates.crend(); ++tick) {
    if (*tick < range.lower || *tick > range.upper) {
      continue;
    }
    if (ticks.isEmpty() || std::log(ticks.front() / *tick) * pixels_a_log >= 26) {
      if (!ticks.isEmpty()) {
        smallest_step = std::min(smallest_step, ticks.front() - *tick);
      }
      ticks.push_front(*tick);
    }
  }
  m_step = smallest_step;
  return ticks;
}

QString FigureTicker::getTickLabel(double tick, const QLocale& locale, QChar, int) {
  if (std::abs(tick) < m_step * 1e-6) {
    tick = 0;
  }
  const auto decimals = [](double step) { return std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 6); };
  if (m_labels == Labels::counts) {
    if (std::abs(tick) >= 1e6) {
      return locale.toString(tick / 1e6, 'f', decimals(m_step / 1e6)) + "M";
    }
    if (std::abs(tick) >= 1e4) {
      return locale.toString(tick / 1e3, 'f', decimals(m_step / 1e3)) + "k";
    }
    return locale.toString(tick, 'f', decimals(m_step));
  }
  if (tick != 0 && std::abs(tick) < 1e-3) {
    return shortPower(QString::number(tick, 'g', 2));
  }
  if (tick == 0 && m_step < 1e-3) {
    return QStringLiteral("0");
  }
  if (m_logarithmic) {
    return locale.toString(tick, 'f', tick >= 10 ? 0 : std::max(decimals(std::min(m_step, tick)), 2));
  }
  return locale.toString(tick, 'f', decimals(m_step));
}

}  // namespace darkroom::app
