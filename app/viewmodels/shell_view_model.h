// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>

#include "app/viewmodels/shell_items.h"

namespace darkroom::app {

class EngineSupervisor;

/// The frame around the pages: rail, activity bar, command palette, theme, engine state.
///
/// Main.qml has it as `required property ShellViewModel shell`.
class ShellViewModel : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the program")

  Q_PROPERTY(QString workspaceName READ workspaceName NOTIFY workspaceChanged)
  Q_PROPERTY(QString workspacePath READ workspacePath NOTIFY workspaceChanged)
  /// Keys of `pages`.
  Q_PROPERTY(QString page READ page WRITE setPage NOTIFY pageChanged)
  Q_PROPERTY(darkroom::app::PageModel* pages READ pages CONSTANT)

  Q_PROPERTY(EngineState engineState READ engineState NOTIFY engineChanged)
  /// "Engine ready", "Engine starts", "Engine stopped" …
  Q_PROPERTY(QString engineText READ engineText NOTIFY engineChanged)
  /// "this computer", or the host.
  Q_PROPERTY(QString engineDetail READ engineDetail NOTIFY engineChanged)
  /// Why it failed, a sentence; empty while all is well. `engineLog` are its last lines.
  Q_PROPERTY(QString engineProblem READ engineProblem NOTIFY engineChanged)
  Q_PROPERTY(QString engineLog READ engineLog NOTIFY engineChanged)

  Q_PROPERTY(darkroom::app::ActivityModel* activities READ activities CONSTANT)
  Q_PROPERTY(darkroom::app::DeviceModel* devices READ devices CONSTANT)
  Q_PROPERTY(darkroom::app::NotificationModel* notifications READ notifications CONSTANT)
  Q_PROPERTY(int unread READ unread NOTIFY unreadChanged)

  /// The palette's list, filtered by `actionFilter`, best match first. Also holds every shortcut (for F1 and for Shortcut items).
  Q_PROPERTY(darkroom::app::ActionModel* actions READ actions CONSTANT)
  Q_PROPERTY(QString actionFilter READ actionFilter WRITE setActionFilter NOTIFY actionFilterChanged)
  /// Actions that belong to this page or to every page and have a shortcut: what is bound.
  Q_PROPERTY(darkroom::app::ActionModel* shortcuts READ shortcuts CONSTANT)
  /// What the page is busy with where that changes its keys: "mask", "compare"; else empty. The page says it.
  Q_PROPERTY(QString part READ part WRITE setPart NOTIFY partChanged)
  /// What F1 shows: the keys of the part, those of `shortcuts` that the part leaves alone, those of the page's lists and fields
  /// (part_keys.h).
  Q_PROPERTY(darkroom::app::ActionModel* keys READ keys CONSTANT)

  Q_PROPERTY(ThemeMode themeMode READ themeMode WRITE setThemeMode NOTIFY themeChanged)
  /// What the mode means now: bind Theme.dark to it.
  Q_PROPERTY(bool darkTheme READ darkTheme NOTIFY themeChanged)
  Q_PROPERTY(bool reduceMotion READ reduceMotion WRITE setReduceMotion NOTIFY themeChanged)
  /// True while pages are rendered to files: no motion, no blinking caret, no hover.
  Q_PROPERTY(bool capturing READ capturing CONSTANT)

 public:
  enum EngineState {
    EngineStarting,
    EngineReady,
    EngineRestarting,  ///< died once, comes back by itself
    EngineFailed,      ///< does not come back by itself: show `engineProblem` and offer restartEngine()
  };
  Q_ENUM(EngineState)
  enum ThemeMode { Dark, Light, System };
  Q_ENUM(ThemeMode)

  explicit ShellViewModel(EngineSupervisor* engine, QObject* parent = nullptr);

  QString workspaceName() const { return m_workspaceName; }
  QString workspacePath() const { return m_workspacePath; }
  void setWorkspace(const QString& name, const QString& path);
  QString page() const { return m_page; }
  void setPage(const QString& page);
  PageModel* pages() const { return m_pages; }
  EngineState engineState() const { return m_engineState; }
  QString engineText() const;
  QString engineDetail() const { return m_engineDetail; }
  QString engineProblem() const { return m_engineProblem; }
  QString engineLog() const { return m_engineLog; }
  ActivityModel* activities() const { return m_activities; }
  DeviceModel* devices() const { return m_devices; }
  NotificationModel* notifications() const { return m_notifications; }
  int unread() const { return m_unread; }
  ActionModel* actions() const { return m_actions; }
  QString actionFilter() const { return m_actionFilter; }
  void setActionFilter(const QString& filter);
  ActionModel* shortcuts() const { return m_shortcuts; }
  QString part() const { return m_part; }
  void setPart(const QString& part);
  ActionModel* keys() const { return m_keys; }
  ThemeMode themeMode() const { return m_themeMode; }
  void setThemeMode(ThemeMode mode);
  bool darkTheme() const;
  bool reduceMotion() const { return m_reduceMotion; }
  void setReduceMotion(bool reduce);
  bool capturing() const { return m_capturing; }
  void setCapturing(bool capturing) { m_capturing = capturing; }

  /// Starts the engine again after it failed.
  Q_INVOKABLE void restartEngine();
  /// Runs an action of the palette by its id. What C++ knows is done; the rest reaches QML as `actionTriggered`.
  Q_INVOKABLE void trigger(const QString& id);
  Q_INVOKABLE void cancelActivity(const QString& key);
  Q_INVOKABLE void markNotificationsRead();
  Q_INVOKABLE void dismissNotification(int row);
  /// Steps through the pages that exist: 0 is the first.
  Q_INVOKABLE void openPageAt(int index);

  void notify(const NotificationItem& item);
  /// Adds or replaces the activity with this key; `endActivity` takes it away.
  void showActivity(const ActivityItem& item);
  void endActivity(const QString& key);
  /// Actions beyond the fixed ones (runs, images), replaced as a whole per group.
  void setActions(const QString& group, const QList<ActionItem>& items);

 signals:
  void workspaceChanged();
  void pageChanged();
  void engineChanged();
  void unreadChanged();
  void actionFilterChanged();
  void partChanged();
  void themeChanged();
  /// An action that is not the shell's own. The program does "generate.start", "generate.cancel", "seed.roll", "run.startDemo", "run.stop"
  /// and the like, "run.open:<path>", "image.open:<id>"; QML does "palette.open", "shortcuts.show" and "prompt.focus".
  void actionTriggered(const QString& id);
  void activityCancelled(const QString& key);

 private:
  void followEngine();
  void filterActions();
  void listKeys();

  EngineSupervisor* m_engine;
  QString m_workspaceName;
  QString m_workspacePath;
  QString m_page = QStringLiteral("generate");
  PageModel* m_pages;
  EngineState m_engineState = EngineStarting;
  QString m_engineDetail;
  QString m_engineProblem;
  QString m_engineLog;
  ActivityModel* m_activities;
  DeviceModel* m_devices;
  NotificationModel* m_notifications;
  int m_unread = 0;
  ActionModel* m_actions;
  ActionModel* m_shortcuts;
  ActionModel* m_keys;
  QString m_part;
  QList<ActionItem> m_allActions;
  QString m_actionFilter;
  ThemeMode m_themeMode = Dark;
  bool m_reduceMotion = false;
  bool m_capturing = false;
};

}  // namespace darkroom::app
