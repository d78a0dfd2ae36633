// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QStringList>
#include <QTimer>
#include <map>
#include <memory>

#include "app/runs/alarm_news.h"
#include "app/runs/run_items.h"

namespace darkroom::app {

/// Watches runs that train while another one, or none, is looked at: their heads and newest rows, not their histories. So "being forgotten"
/// is seen where a source's best validation is among the newest thousand rows, or came while it was watched.
class LiveAlarms : public QObject {
  Q_OBJECT

 public:
  /// news  shared with the page of the run that is looked at; must outlive this
  explicit LiveAlarms(AlarmNews& news, QObject* parent = nullptr);
  ~LiveAlarms() override;

  /// Directories of the runs to watch, and of no others.
  void watch(const QStringList& runs);
  /// As warningText(); empty for a run that is not watched.
  QString warningOf(const QString& run) const;

 signals:
  void raised(const QString& run, const QString& name, const darkroom::app::JournalItem& alarm);
  /// What warningOf() says of one of them.
  void warningsChanged();

 private:
  struct Watched;
  void look();

  AlarmNews& m_news;
  QTimer m_timer;
  std::map<QString, std::unique_ptr<Watched>> m_watched;
};

}  // namespace darkroom::app
