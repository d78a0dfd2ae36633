// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <memory>
#include <span>
#include <vector>

#include "app/series/series_columns.h"

namespace darkroom::app {

/// Several values a row, kept whole, with the sums of blocks of rows: the mean over any stretch costs a hundred additions at most. What a
/// heat map shows. GUI thread only.
class NoiseField : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a run")

 public:
  NoiseField(std::shared_ptr<const SeriesColumns> columns, int bins, QObject* parent = nullptr);

  int bins() const { return m_bins; }
  size_t count() const { return m_values.size() / static_cast<size_t>(m_bins); }
  const SeriesColumns& columns() const { return *m_columns; }

  /// The values of the row that was just appended to the columns, `bins` of them; NaN where the row has none. Emits nothing: see
  /// `announce`.
  void append(std::span<const double> values);
  void truncate(size_t size);
  void announce() { emit changed(); }

  float at(size_t row, int bin) const { return m_values[row * static_cast<size_t>(m_bins) + static_cast<size_t>(bin)]; }
  /// Of the finite values of rows [first, last); NaN where there are none.
  double mean(size_t first, size_t last, int bin) const;

 signals:
  void changed();

 private:
  static constexpr size_t kBlock = 64;
  struct Sum {
    double sum = 0;
    uint32_t count = 0;
  };

  std::shared_ptr<const SeriesColumns> m_columns;
  int m_bins;
  std::vector<float> m_values;  ///< row by row
  std::vector<Sum> m_blocks;    ///< of full blocks of rows, bin by bin
};

}  // namespace darkroom::app
