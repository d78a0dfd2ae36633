// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPointer>

#include "app/plot/linked_plot_item.h"
#include "app/plot/plot_style.h"
#include "app/series/noise_field.h"

namespace darkroom::app {

/// QML `HeatMap`: the values of a NoiseField as colours, a row a bin (bin 0 on top), a column a pixel: the mean of the rows below it. On a
/// logarithmic scale between the 2nd and the 98th of a hundred values that are shown; columns without rows stay empty.
class HeatMapItem : public darkroom::app::LinkedPlotItem, private PlotStyle {
  Q_OBJECT
  QML_NAMED_ELEMENT(HeatMap)
  Q_PROPERTY(darkroom::app::NoiseField* field READ field WRITE setField NOTIFY fieldChanged)
  /// Colours from the smallest to the largest value.
  Q_PROPERTY(QList<QColor> ramp MEMBER m_ramp NOTIFY styleChanged)
  /// Words at the top, in the middle and at the bottom of the left side.
  Q_PROPERTY(QStringList rowLabels MEMBER m_rowLabels NOTIFY styleChanged)
  Q_PROPERTY(QColor backgroundColor MEMBER backgroundColor NOTIFY styleChanged)
  Q_PROPERTY(QColor tickColor MEMBER tickColor NOTIFY styleChanged)
  Q_PROPERTY(QColor textColor MEMBER textColor NOTIFY styleChanged)
  Q_PROPERTY(QColor accentColor MEMBER accentColor NOTIFY styleChanged)
  Q_PROPERTY(QColor cursorColor MEMBER strongTextColor NOTIFY styleChanged)
  Q_PROPERTY(QString fontFamily MEMBER fontFamily NOTIFY styleChanged)
  Q_PROPERTY(int fontPixelSize MEMBER fontPixelSize NOTIFY styleChanged)
  /// The values that the ends of the ramp stand for; NaN while empty.
  Q_PROPERTY(double low READ low NOTIFY rangeChanged)
  Q_PROPERTY(double high READ high NOTIFY rangeChanged)

 public:
  explicit HeatMapItem(QQuickItem* parent = nullptr);

  NoiseField* field() const { return m_field; }
  void setField(NoiseField* field);
  double low() const { return m_low; }
  double high() const { return m_high; }
  bool empty() const override { return !m_field || m_field->count() == 0; }

  void paint(QPainter* painter) override;
  void updatePolish() override;

 signals:
  void fieldChanged();
  void styleChanged();
  void rangeChanged();

 protected:
  const SeriesColumns& columns() const override { return m_field->columns(); }
  double xAt(double position) const override;
  double positionOfX(double x) const override;

 private:
  void paintCells(QPainter& painter);
  void paintAxes(QPainter& painter) const;
  QColor colorOf(double value) const;

  QPointer<NoiseField> m_field;
  QList<QColor> m_ramp{Qt::black, Qt::white};
  QStringList m_rowLabels;
  double m_low = std::numeric_limits<double>::quiet_NaN();
  double m_high = std::numeric_limits<double>::quiet_NaN();
  AxisRange m_built;  ///< what the image shows
  QImage m_image;     ///< everything but the cursor
};

}  // namespace darkroom::app
