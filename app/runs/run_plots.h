// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <limits>
#include <map>

#include "app/runs/run_curves.h"
#include "app/runs/run_devices.h"
#include "app/series/line_set.h"
#include "app/viewmodels/row_list_model.h"

namespace darkroom::app {

struct PlotKind;

/// A small plot.
struct SmallPlotItem {
  Q_GADGET
  Q_PROPERTY(QString key MEMBER key)
  Q_PROPERTY(QString title MEMBER title)
  Q_PROPERTY(QString help MEMBER help)
  Q_PROPERTY(QString value MEMBER value)    ///< newest, without its unit
  Q_PROPERTY(QString detail MEMBER detail)  ///< unit, limit
  Q_PROPERTY(darkroom::app::SeriesStore* series MEMBER series)
  Q_PROPERTY(darkroom::app::LineSet* lines MEMBER lines)  ///< of other sources, devices and runs
  Q_PROPERTY(int look MEMBER look)
  Q_PROPERTY(bool smoothed MEMBER smoothed)
  Q_PROPERTY(bool fromZero MEMBER fromZero)
  Q_PROPERTY(bool logarithmic MEMBER logarithmic)
  Q_PROPERTY(bool keyBelow MEMBER keyBelow)  ///< its lines run along the top: names of lines stand below
  Q_PROPERTY(double limit MEMBER limit)      ///< a dashed line; NaN: none
 public:
  QString key, title, help, value, detail;
  SeriesStore* series = nullptr;
  LineSet* lines = nullptr;
  int look = 0;
  bool smoothed = false, fromZero = true, logarithmic = false, keyBelow = false;
  double limit = std::numeric_limits<double>::quiet_NaN();
  // A limit that is not there equals itself.
  bool operator==(const SmallPlotItem& other) const;
};

/// The small plots of a run in the order in which they are shown; a page shows as many as it has room for.
class RunPlots : public RowListModel<SmallPlotItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a run")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
  /// Titles in the order of the list: what a place can show.
  Q_PROPERTY(QStringList titles READ titles NOTIFY countChanged)

 public:
  /// curves, devices  must outlive this
  RunPlots(const RunCurves& curves, const RunDevices& devices, QObject* parent = nullptr);

  QStringList titles() const;
  /// Puts the plot of one place into another; that one takes its place.
  Q_INVOKABLE void swap(int place, int with);
  /// Other runs' lines of a metric; may be null.
  void setOverlay(RunCurves::Metric metric, LineSet* lines);
  void setClipNorm(double norm) { m_clipNorm = norm; }
  /// Takes over what the curves are now: call after rows came or went.
  void refresh();

 private:
  SmallPlotItem itemOf(const PlotKind& kind);
  void addParts(SmallPlotItem& item, const QList<RunCurves::Part>& parts, LineSet* more);

  const RunCurves& m_curves;
  const RunDevices& m_devices;
  double m_clipNorm = std::numeric_limits<double>::quiet_NaN();
  QStringList m_order;  ///< keys
  std::map<RunCurves::Metric, LineSet*> m_overlays;
  std::map<QString, LineSet*> m_sets;  ///< of sources, devices and workers, by key
};

}  // namespace darkroom::app
