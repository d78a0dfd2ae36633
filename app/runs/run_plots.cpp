// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_plots.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "app/series/line_set.h"
#include "app/series/nan.h"
#include "app/viewmodels/format.h"

namespace darkroom::app {

/// What a small plot is made from: a metric of the steps, or one of the devices; neither: the memory of the workers.
struct PlotKind {
  const char* key;
  const char* title;
  const char* help;
  int look;
  std::optional<RunCurves::Metric> metric;
  std::optional<RunDevices::Metric> device;
  bool smoothed;
  bool fromZero;
  int decimals;  ///< of the value; negative: four significant digits
  const char* unit;
};

namespace {

// The order in which they are shown at first.
const PlotKind kKinds[] = {
    {"lr",
     QT_TRANSLATE_NOOP("RunPlots", "Learning rate"),
     QT_TRANSLATE_NOOP("RunPlots", "Of each optimiser step"),
     0,
     RunCurves::LearningRate,
     {},
     false,
     true,
     -1,
     ""},
    {"grad_norm",
     QT_TRANSLATE_NOOP("RunPlots", "Gradient norm"),
     QT_TRANSLATE_NOOP("RunPlots", "Length of the gradient over all weights, before clipping"),
     2,
     RunCurves::GradientNorm,
     {},
     true,
     true,
     -1,
     ""},
    {"speed",
     QT_TRANSLATE_NOOP("RunPlots", "Images a second"),
     QT_TRANSLATE_NOOP("RunPlots", "Training images of all devices"),
     3,
     RunCurves::Speed,
     {},
     true,
     true,
     1,
     ""},
    {"validation",
     QT_TRANSLATE_NOOP("RunPlots", "Validation loss"),
     QT_TRANSLATE_NOOP("RunPlots", "Of the averaged weights on pictures that are not trained on, unweighted; a line a source"),
     1,
     RunCurves::PlainValidation,
     {},
     false,
     false,
     4,
     ""},
    {"memory",
     QT_TRANSLATE_NOOP("RunPlots", "Memory of workers"),
     QT_TRANSLATE_NOOP("RunPlots", "What each worker holds: live in tensors, reserved by its allocator, and the most so far"),
     5,
     {},
     {},
     false,
     true,
     2,
     "GiB"},
    {"wait",
     QT_TRANSLATE_NOOP("RunPlots", "Waits for data"),
     QT_TRANSLATE_NOOP("RunPlots", "Part of each step that it waits for the loader"),
     4,
     RunCurves::DataWait,
     {},
     true,
     true,
     1,
     "ms"},
    {"load",
     QT_TRANSLATE_NOOP("RunPlots", "Load"),
     QT_TRANSLATE_NOOP("RunPlots", "How busy each device is"),
     2,
     {},
     RunDevices::Load,
     true,
     true,
     0,
     "%"},
    {"used",
     QT_TRANSLATE_NOOP("RunPlots", "Memory of devices"),
     QT_TRANSLATE_NOOP("RunPlots", "In use on each device, by whatever program; of a CPU, by this run"),
     6,
     {},
     RunDevices::Used,
     true,
     true,
     1,
     "GiB"},
    {"power",
     QT_TRANSLATE_NOOP("RunPlots", "Power"),
     QT_TRANSLATE_NOOP("RunPlots", "That each device draws"),
     7,
     {},
     RunDevices::Power,
     true,
     true,
     0,
     "W"},
    {"temperature",
     QT_TRANSLATE_NOOP("RunPlots", "Temperature"),
     QT_TRANSLATE_NOOP("RunPlots", "Of each device"),
     1,
     {},
     RunDevices::Temperature,
     true,
     false,
     0,
     "°C"},
};

const PlotKind& kindOf(const QString& key) {
  return *std::find_if(std::begin(kKinds), std::end(kKinds), [&](const PlotKind& kind) { return key == QLatin1String(kind.key); });
}

}  // namespace

bool SmallPlotItem::operator==(const SmallPlotItem& other) const {
  const bool limits = limit == other.limit || (std::isnan(limit) && std::isnan(other.limit));
  return limits && key == other.key && title == other.title && value == other.value && detail == other.detail && series == other.series &&
         lines == other.lines && look == other.look && smoothed == other.smoothed && fromZero == other.fromZero &&
         logarithmic == other.logarithmic;
}

RunPlots::RunPlots(const RunCurves& curves, const RunDevices& devices, QObject* parent)
    : RowListModel(parent), m_curves(curves), m_devices(devices) {
  for (const PlotKind& kind : kKinds) {
    m_order << QString::fromLatin1(kind.key);
    m_sets.emplace(QString::fromLatin1(kind.key), new LineSet(this));
  }
  refresh();
}

QStringList RunPlots::titles() const {
  QStringList titles;
  for (const SmallPlotItem& item : rows()) {
    titles << item.title;
  }
  return titles;
}

void RunPlots::swap(int place, int with) {
  if (place >= 0 && with >= 0 && place < m_order.size() && with < m_order.size() && place != with) {
    m_order.swapItemsAt(place, with);
    refresh();
    emit countChanged();  // the titles are in another order
  }
}

void RunPlots::setOverlay(RunCurves::Metric metric, LineSet* lines) { m_overlays[metric] = lines; }

void RunPlots::addParts(SmallPlotItem& item, const QList<RunCurves::Part>& parts, LineSet* more) {
  QList<SetLine> lines;
  for (const RunCurves::Part& part : parts) {
    SetLine line;
    line.series = part.series;
    line.name = part.name;
    line.look = static_cast<int>((item.look + 1 + lines.size()) % kLooks);
    line.smoothed = item.smoothed;
    lines << line;
  }
  if (more != nullptr) {
    lines << more->lines();
  }
  LineSet* set = m_sets.at(item.key);
  const auto same = [](const SetLine& a, const SetLine& b) { return a.series == b.series && a.name == b.name && a.look == b.look; };
  if (!std::equal(lines.begin(), lines.end(), set->lines().begin(), set->lines().end(), same)) {
    set->set(lines);
  }
  item.lines = set;
}

SmallPlotItem RunPlots::itemOf(const PlotKind& kind) {
  SmallPlotItem item;
  item.key = QString::fromLatin1(kind.key);
  item.title = tr(kind.title);
  item.help = tr(kind.help);
  item.look = kind.look;
  item.smoothed = kind.smoothed;
  item.fromZero = kind.fromZero;
  item.keyBelow = kind.metric == RunCurves::Speed || !kind.metric;
  double value = kNan;
  QString unit = QString::fromUtf8(kind.unit);
  if (kind.metric) {
    const auto overlay = m_overlays.find(*kind.metric);
    LineSet* over = overlay != m_overlays.end() ? overlay->second : nullptr;
    item.series = m_curves.series(*kind.metric);
    item.lines = over;
    if (*kind.metric == RunCurves::Speed || *kind.metric == RunCurves::DataWait) {
      value = m_curves.recentMean(*kind.metric);
    } else {
      value = kind.smoothed ? item.series->lastSmoothed() : item.series->last();
    }
    if (*kind.metric == RunCurves::GradientNorm) {
      item.limit = m_clipNorm;
      unit = std::isnan(m_clipNorm) ? QString() : tr("clip %1").arg(Format::number(m_clipNorm, 1));
    } else if (*kind.metric == RunCurves::PlainValidation) {
      const QList<RunCurves::Part> sources = m_curves.validationBySource();
      addParts(item, sources.size() > 1 ? sources : QList<RunCurves::Part>(), over);
    }
  } else {
    QList<RunCurves::Part> parts;
    if (kind.device) {
      parts = m_devices.parts(*kind.device);
    } else {
      parts = m_curves.memoryByRank(RunCurves::MemoryKind::live);
      if (parts.isEmpty()) {
        parts << RunCurves::Part{tr("peak"), m_curves.series(RunCurves::Memory)};
      }
      for (const RunCurves::Part& part : m_curves.memoryByRank(RunCurves::MemoryKind::reserved)) {
        parts << RunCurves::Part{tr("%1, reserved").arg(part.name), part.series};
      }
      for (const RunCurves::Part& part : m_curves.memoryByRank(RunCurves::MemoryKind::peak)) {
        parts << RunCurves::Part{tr("%1, peak").arg(part.name), part.series};
      }
    }
    item.series = parts.isEmpty() ? nullptr : parts.first().series;
    value = item.series != nullptr ? item.series->last() : kNan;
    addParts(item, parts.mid(1), nullptr);
  }
  item.value = kind.decimals < 0 ? Format::figure(value) : Format::number(value, kind.decimals);
  item.detail = std::isnan(value) ? QString() : unit;
  return item;
}

void RunPlots::refresh() {
  QList<SmallPlotItem> items;
  for (const QString& key : std::as_const(m_order)) {
    items << itemOf(kindOf(key));
  }
  setRows(items);
}

}  // namespace darkroom::app
