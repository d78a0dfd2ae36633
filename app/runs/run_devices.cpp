// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_devices.h"

#include <cmath>

namespace darkroom::app {
namespace {

constexpr double kSmoothing = 0.9;  ///< of readings a second apart

}  // namespace

void RunDevices::clear() {
  m_devices.clear();
  m_waiting.clear();
  m_placed = 0;
  m_row = 0;
}

RunDevices::Device& RunDevices::device(int index) {
  while (m_devices.size() <= static_cast<size_t>(index)) {
    auto device = std::make_unique<Device>();
    device->columns = std::make_shared<SeriesColumns>();
    for (std::unique_ptr<SeriesStore>& series : device->series) {
      series = std::make_unique<SeriesStore>(device->columns);
      series->setSmoothing(kSmoothing);
    }
    m_devices.push_back(std::move(device));
  }
  return *m_devices[static_cast<size_t>(index)];
}

void RunDevices::setNames(const std::vector<DeviceLine>& newest) {
  for (size_t i = 0; i < newest.size(); ++i) {
    device(static_cast<int>(i)).name = deviceItem(newest[i]).name;
  }
}

bool RunDevices::append(const std::vector<DeviceRow>& lines, const RunCurves& curves, bool caughtUp, size_t about) {
  m_waiting.insert(m_waiting.end(), lines.begin(), lines.end());
  size_t placed = 0;
  while (m_placed < m_waiting.size() && placed < about) {
    const DeviceRow& line = m_waiting[m_placed];
    if (!caughtUp && line.time > curves.lastTime()) {
      break;
    }
    ++m_placed;
    ++placed;
    // Rows that a resume took back may be fewer than there were.
    const std::optional<RunCurves::Place> place = curves.placeAt(line.time, m_row < curves.size() ? m_row : 0);
    if (!place) {
      continue;
    }
    m_row = place->row;
    Device& device = this->device(line.device);
    device.columns->append(place->x[0], place->x[1], place->x[2], place->x[3]);
    device.series[Used]->append(line.used_gib);
    device.series[Load]->append(line.load * 100);
    device.series[Power]->append(line.power_w);
    device.series[Temperature]->append(line.temperature_c);
  }
  const bool more = placed >= about && m_placed < m_waiting.size();
  if (m_placed == m_waiting.size()) {
    m_waiting.clear();
    m_placed = 0;
  }
  return more;
}

void RunDevices::announce() {
  for (const std::unique_ptr<Device>& device : m_devices) {
    for (const std::unique_ptr<SeriesStore>& series : device->series) {
      series->announce();
    }
  }
}

QList<RunCurves::Part> RunDevices::parts(Metric metric) const {
  QList<RunCurves::Part> parts;
  for (const std::unique_ptr<Device>& device : m_devices) {
    SeriesStore* series = device->series[metric].get();
    if (!std::isnan(series->last())) {
      parts.append({device->name, series});
    }
  }
  return parts;
}

QList<DeviceItem> deviceItems(const std::vector<DeviceLine>& newest, const QStringList& rankDevices, const RunCurves& curves) {
  constexpr double gib = 1024.0 * 1024.0 * 1024.0;
  const auto known = [](double value) { return std::isfinite(value) ? value : 0.0; };
  QList<DeviceItem> devices;
  for (const DeviceLine& line : newest) {
    DeviceItem item = deviceItem(line);
    double live = 0;
    double reserved = 0;
    for (int rank = 0; rank < rankDevices.size(); ++rank) {
      if (rankDevices[rank] == QString::fromStdString(line.id)) {
        live += known(curves.memoryOf(rank, RunCurves::MemoryKind::live));
        reserved += known(curves.memoryOf(rank, RunCurves::MemoryKind::reserved));
      }
    }
    if (live > 0 && line.id != "cpu") {
      item.memoryUsed = live * gib;
      item.memoryReserved = reserved * gib;
    }
    devices.append(item);
  }
  return devices;
}

}  // namespace darkroom::app
