// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "app/engine_host/run_follower.h"
#include "app/runs/run_curves.h"
#include "app/series/series_store.h"
#include "app/viewmodels/shell_items.h"

namespace darkroom::app {

/// What the devices of a run did, as curves over the same axes as its steps. GUI thread only.
class RunDevices {
 public:
  enum Metric { Used, Load, Power, Temperature };  ///< GiB, %, W, degrees Celsius
  static constexpr size_t kMetrics = 4;

  void clear();
  /// Keeps lines whose moment the rows have not reached yet for the next call; those from before the first step, and from pauses, are
  /// passed over. At most `about` lines are placed in a call: returns whether some are left that can be.
  bool append(const std::vector<DeviceRow>& lines, const RunCurves& curves, bool caughtUp, size_t about = 20000);
  void setNames(const std::vector<DeviceLine>& newest);
  void announce();

  /// The devices that have such values, by their names.
  QList<RunCurves::Part> parts(Metric metric) const;

 private:
  struct Device {
    QString name;
    std::shared_ptr<SeriesColumns> columns;
    std::array<std::unique_ptr<SeriesStore>, kMetrics> series;
  };
  Device& device(int index);

  std::vector<std::unique_ptr<Device>> m_devices;
  std::vector<DeviceRow> m_waiting;
  size_t m_placed = 0;  ///< of m_waiting
  size_t m_row = 0;     ///< of the curves, where the newest line was placed
};

/// The devices of a run as it tells of them; where its workers say what they hold on a card, that.
///
/// rankDevices  id of each worker's device, as launched
QList<DeviceItem> deviceItems(const std::vector<DeviceLine>& newest, const QStringList& rankDevices, const RunCurves& curves);

}  // namespace darkroom::app
