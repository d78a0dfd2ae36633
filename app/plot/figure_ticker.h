// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>

namespace darkroom::app {

/// Ticks of an axis as people read them: round values, the same number of decimals on all of them, 20k and 1.2M for counts, 5e-6 for the
/// very small; on a log axis round values that stand at least 26 px apart.
class FigureTicker : public QCPAxisTicker {
 public:
  enum class Labels { figures, counts };

  FigureTicker(Labels labels, bool logarithmic, int pixels) : m_labels(labels), m_logarithmic(logarithmic), m_pixels(pixels) {}

 protected:
  QVector<double> createTickVector(double tickStep, const QCPRange& range) override;
  double getTickStep(const QCPRange& range) override;
  QString getTickLabel(double tick, const QLocale& locale, QChar formatChar, int precision) override;
  int getSubTickCount(double) override { return 0; }

 private:
  Labels m_labels;
  bool m_logarithmic;
  int m_pixels;
  double m_step = 1;
};

}  // namespace darkroom::app
