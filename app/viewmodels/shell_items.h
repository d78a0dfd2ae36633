// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of the shell's lists. Each property is a role of the model below it.
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QUrl>
#include <limits>

#include "app/viewmodels/row_list_model.h"
#include "core/metrics/device_sample.h"

namespace darkroom::app {

/// An entry of the rail.
struct PageItem {
  Q_GADGET
  Q_PROPERTY(QString key MEMBER key)            ///< "generate", "runs": also the icon's name
  Q_PROPERTY(QString title MEMBER title)        ///< "Generate"
  Q_PROPERTY(QString shortcut MEMBER shortcut)  ///< "Ctrl+1"
 public:
  QString key, title, shortcut;
  bool operator==(const PageItem&) const = default;
};

class PageModel : public RowListModel<PageItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the shell")
 public:
  using RowListModel::RowListModel;
};

/// Work that goes on, in the activity bar.
struct ActivityItem {
  Q_GADGET
  Q_PROPERTY(QString key MEMBER key)            ///< "generate", "run:<path>", "demo"
  Q_PROPERTY(QString icon MEMBER icon)          ///< "generate", "runs"
  Q_PROPERTY(QString title MEMBER title)        ///< "Generating", a run's name
  Q_PROPERTY(QString detail MEMBER detail)      ///< "2 of 4", "119.6 images/s"
  Q_PROPERTY(double progress MEMBER progress)   ///< 0 to 1; negative: not known
  Q_PROPERTY(QString timeLeft MEMBER timeLeft)  ///< "6 s left", or empty
  Q_PROPERTY(bool cancellable MEMBER cancellable)
  Q_PROPERTY(QString page MEMBER page)        ///< page that a click opens
  Q_PROPERTY(QString warning MEMBER warning)  ///< its newest alarm and what was done about it; empty: all is well
 public:
  QString key, icon, title, detail;
  double progress = -1;
  QString timeLeft;
  bool cancellable = false;
  QString page;
  QString warning;
  bool operator==(const ActivityItem&) const = default;
};

class ActivityModel : public RowListModel<ActivityItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the shell")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// A device, live.
struct DeviceItem {
  Q_GADGET
  Q_PROPERTY(QString name MEMBER name)                     ///< "GPU 0", "CPU"
  Q_PROPERTY(QString product MEMBER product)               ///< "RTX 5090", "" when not known
  Q_PROPERTY(double memoryUsed MEMBER memoryUsed)          ///< bytes (a CPU: what our processes hold)
  Q_PROPERTY(double memoryReserved MEMBER memoryReserved)  ///< bytes held back by the allocator, 0 when not known
  Q_PROPERTY(double memoryTotal MEMBER memoryTotal)        ///< bytes
  Q_PROPERTY(double memoryFraction MEMBER memoryFraction)  ///< used / total, 0 to 1
  Q_PROPERTY(double load MEMBER load)                      ///< 0 to 1
  Q_PROPERTY(double power MEMBER power)                    ///< W; NaN when not known
  Q_PROPERTY(double temperature MEMBER temperature)        ///< degrees Celsius; NaN when not known
 public:
  QString name, product;
  double memoryUsed = 0, memoryReserved = 0, memoryTotal = 0, memoryFraction = 0, load = 0;
  double power = std::numeric_limits<double>::quiet_NaN();
  double temperature = std::numeric_limits<double>::quiet_NaN();
  bool operator==(const DeviceItem&) const = default;
};

/// A device as the engine, or a run's devices.jsonl, tells of it.
DeviceItem deviceItem(const DeviceLine& line);

class DeviceModel : public RowListModel<DeviceItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the shell")
 public:
  using RowListModel::RowListModel;
};

/// Something that the user should know, newest first.
struct NotificationItem {
  Q_GADGET
  Q_PROPERTY(QString kind MEMBER kind)      ///< "error", "warning", "info", "ok": also the icon
  Q_PROPERTY(QString title MEMBER title)    ///< what happened, a sentence
  Q_PROPERTY(QString detail MEMBER detail)  ///< log lines or more words; may be empty, may have lines
  Q_PROPERTY(QString time MEMBER time)      ///< "18:42"
  Q_PROPERTY(QString action MEMBER action)  ///< id of the action that helps ("engine.restart"), or empty
  Q_PROPERTY(QString actionTitle MEMBER actionTitle)
 public:
  QString kind, title, detail, time, action, actionTitle;
  bool operator==(const NotificationItem&) const = default;
};

class NotificationModel : public RowListModel<NotificationItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the shell")
 public:
  using RowListModel::RowListModel;
};

/// An entry of the command palette.
struct ActionItem {
  Q_GADGET
  Q_PROPERTY(QString id MEMBER id)        ///< "page.runs", "generate.start", "run.open:<path>", "image.open:<id>"
  Q_PROPERTY(QString group MEMBER group)  ///< "Pages", "Actions", "Runs", "Images"
  Q_PROPERTY(QString title MEMBER title)
  Q_PROPERTY(QString detail MEMBER detail)
  Q_PROPERTY(QString icon MEMBER icon)
  Q_PROPERTY(QString shortcut MEMBER shortcut)  ///< "Ctrl+Return"; shown, and bound by the shell where the action is global
  Q_PROPERTY(QString page MEMBER page)          ///< page it belongs to; empty: everywhere
 public:
  QString id, group, title, detail, icon, shortcut, page;
  bool operator==(const ActionItem&) const = default;
};

class ActionModel : public RowListModel<ActionItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the shell")
 public:
  using RowListModel::RowListModel;
};

}  // namespace darkroom::app
