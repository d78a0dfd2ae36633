// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <memory>

#include "app/engine_host/run_scanner.h"
#include "app/runs/run_items.h"

namespace darkroom::app {

/// What the run directory says, in the studio's words.
RunState::Kind runStateOf(const RunStatus& status);
QString runStateText(RunState::Kind state);

/// The runs of the workspace as a tree: roles of RunItem. Looks at the folder once a second, beside the GUI thread.
class RunListModel : public RowListModel<RunItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Runs page")
  Q_PROPERTY(State state READ state NOTIFY stateChanged)
  Q_PROPERTY(QString errorText READ errorText NOTIFY stateChanged)
  /// Words of the name; parents of matches stay.
  Q_PROPERTY(QString search READ search WRITE setSearch NOTIFY searchChanged)
  /// By what they are doing; parents of matches stay.
  Q_PROPERTY(Filter filter READ filter WRITE setFilter NOTIFY searchChanged)
  /// Runs in the workspace, whatever the search.
  Q_PROPERTY(int total READ total NOTIFY stateChanged)

 public:
  enum State { Loading, Ready, Failed };
  Q_ENUM(State)
  enum Filter { AllRuns, LiveRuns, EndedRuns, DoneRuns };
  Q_ENUM(Filter)

  explicit RunListModel(QObject* parent = nullptr);
  ~RunListModel() override;

  State state() const { return m_state; }
  QString errorText() const { return m_errorText; }
  QString search() const { return m_search; }
  void setSearch(const QString& search);
  Filter filter() const { return m_filter; }
  void setFilter(Filter filter);
  int total() const { return static_cast<int>(m_all.size()); }
  const QList<RunItem>& all() const { return m_all; }
  /// As the run directories say it, newest first.
  const std::vector<RunStatus>& statuses() const { return m_statuses; }

  /// What is to be marked at which run, by its path. Returns whether that is new.
  bool setWarnings(const QHash<QString, QString>& warnings);
  /// Follows the runs below this folder.
  void watch(const QString& runsFolder);
  Q_INVOKABLE void refresh();

 signals:
  void stateChanged();
  void searchChanged();
  /// The set of runs, or something in one of them, is not what it was.
  void runsChanged();

 private:
  void take(const RunScanner::Found& found);
  void show();

  State m_state = Loading;
  QString m_errorText;
  QString m_search;
  Filter m_filter = AllRuns;
  QList<RunItem> m_all;
  QHash<QString, QString> m_warnings;
  std::vector<RunStatus> m_statuses;
  std::unique_ptr<RunScanner> m_scanner;  ///< last: its thread ends first
};

}  // namespace darkroom::app
