// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_list_model.h"

#include <QCoreApplication>
#include <QPointer>

#include "app/engine_host/run_scanner.h"
#include "app/series/line_set.h"
#include "app/viewmodels/format.h"

namespace darkroom::app {
namespace {

bool isDone(const RunStatus& status) { return status.state == darkroom::RunState::done; }

RunItem runItem(const RunStatus& status, int seriesIndex) {
  RunItem item;
  item.path = QString::fromStdString(status.folder);
  item.name = QString::fromStdString(status.name);
  item.seriesIndex = seriesIndex;
  item.state = runStateOf(status);
  item.stateText = runStateText(item.state);
  item.place = status.step == 0    ? RunListModel::tr("not begun")
               : status.epochs > 1 ? RunListModel::tr("epoch %1").arg(static_cast<int>(status.epoch))
                                   : RunListModel::tr("step %1").arg(Format::count(static_cast<double>(status.step)));
  item.timeLeft = status.seconds_left ? RunListModel::tr("%1 left").arg(Format::duration(*status.seconds_left)) : QString();
  QStringList facts{item.name};
  if (!status.phase_name.empty()) {
    facts << RunListModel::tr("phase %1, %2").arg(status.phase + 1).arg(QString::fromStdString(status.phase_name));
  }
  facts << (status.total_steps > 0
                ? RunListModel::tr("step %1 of %2")
                      .arg(Format::count(static_cast<double>(status.step)), Format::count(static_cast<double>(status.total_steps)))
                : RunListModel::tr("step %1").arg(Format::count(static_cast<double>(status.step))));
  if (!status.reason.empty()) {
    facts << QString::fromStdString(status.reason);
  }
  item.help = facts.join('\n');
  item.lossText = status.loss ? Format::number(*status.loss, 4) : QString();
  item.progress = isDone(status)           ? 1
                  : status.total_steps > 0 ? std::min(1.0, static_cast<double>(status.step) / static_cast<double>(status.total_steps))
                                           : 0;
  return item;
}

bool passes(RunListModel::Filter filter, RunState::Kind state) {
  switch (filter) {
    case RunListModel::AllRuns:
      return true;
    case RunListModel::LiveRuns:
      return state != RunState::Stopped && state != RunState::Failed && state != RunState::Done;
    case RunListModel::EndedRuns:
      return state == RunState::Stopped || state == RunState::Failed;
    case RunListModel::DoneRuns:
      return state == RunState::Done;
  }
  return true;
}

}  // namespace

RunState::Kind runStateOf(const RunStatus& status) {
  switch (status.state) {
    case darkroom::RunState::created:
      return RunState::Preparing;
    case darkroom::RunState::running:
      return status.step > 0 ? RunState::Training : RunState::Preparing;
    case darkroom::RunState::paused:
      return RunState::Paused;
    case darkroom::RunState::stopped:
      return RunState::Stopped;
    case darkroom::RunState::done:
      return RunState::Done;
    case darkroom::RunState::failed:
    case darkroom::RunState::interrupted:
      return RunState::Failed;
  }
  return RunState::Stopped;
}

QString runStateText(RunState::Kind state) {
  switch (state) {
    case RunState::Preparing:
      return RunListModel::tr("starting");
    case RunState::Training:
      return RunListModel::tr("training");
    case RunState::Stopping:
      return RunListModel::tr("stopping");
    case RunState::Pausing:
      return RunListModel::tr("pausing");
    case RunState::Paused:
      return RunListModel::tr("paused");
    case RunState::Stopped:
      return RunListModel::tr("stopped");
    case RunState::Done:
      return RunListModel::tr("done");
    case RunState::Failed:
      return RunListModel::tr("failed");
  }
  return {};
}

RunListModel::RunListModel(QObject* parent) : RowListModel(parent) {}

RunListModel::~RunListModel() = default;

void RunListModel::watch(const QString& runsFolder) {
  m_scanner = std::make_unique<RunScanner>(runsFolder.toStdString(), [self = QPointer<RunListModel>(this)](const RunScanner::Found& found) {
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self, found] {
      if (self) {
        self->take(found);
      }
    });
  });
}

void RunListModel::refresh() {
  if (m_scanner) {
    m_scanner->wake();
  }
}

void RunListModel::take(const RunScanner::Found& found) {
  m_errorText = QString::fromStdString(found.error);
  m_state = found.error.empty() ? Ready : Failed;
  // A colour belongs to a run by its age, so that a new run does not repaint the others.
  const int count = static_cast<int>(found.runs.size());
  m_statuses = found.runs;
  m_all.clear();
  QHash<QString, int> by_id;
  for (int i = 0; i < count; ++i) {
    by_id.insert(QString::fromStdString(found.runs[static_cast<size_t>(i)].id), i);
  }
  QList<QList<int>> children(count);
  QList<int> roots;
  for (int i = 0; i < count; ++i) {
    const int parent = by_id.value(QString::fromStdString(found.runs[static_cast<size_t>(i)].parent_run), -1);
    (parent >= 0 && parent != i ? children[parent] : roots).append(i);
  }
  QList<bool> shown(count, false);
  const auto add = [&](const auto& self, int i, int depth, bool last) -> void {
    if (shown[i]) {
      return;
    }
    shown[i] = true;
    RunItem item = runItem(found.runs[static_cast<size_t>(i)], (count - 1 - i) % kLooks);
    item.depth = depth;
    item.lastChild = last;
    item.warning = m_warnings.value(item.path);
    m_all.append(item);
    for (int child : children[i]) {
      self(self, child, depth + 1, child == children[i].last());
    }
  };
  for (int root : roots) {
    add(add, root, 0, true);
  }
  show();
  emit stateChanged();
  emit runsChanged();
}

bool RunListModel::setWarnings(const QHash<QString, QString>& warnings) {
  if (warnings == m_warnings) {
    return false;
  }
  m_warnings = warnings;
  for (RunItem& item : m_all) {
    item.warning = m_warnings.value(item.path);
  }
  show();
  return true;
}

void RunListModel::setSearch(const QString& search) {
  if (search != m_search) {
    m_search = search;
    show();
    emit searchChanged();
  }
}

void RunListModel::setFilter(Filter filter) {
  if (filter != m_filter) {
    m_filter = filter;
    show();
    emit searchChanged();
  }
}

void RunListModel::show() {
  if (m_search.trimmed().isEmpty() && m_filter == AllRuns) {
    setRows(m_all);
    return;
  }
  // From the end: a parent stays when a match below it stays.
  QList<RunItem> rows;
  int wanted_depth = -1;
  for (qsizetype i = m_all.size() - 1; i >= 0; --i) {
    const RunItem& item = m_all[i];
    const bool match = item.name.contains(m_search.trimmed(), Qt::CaseInsensitive) && passes(m_filter, item.state);
    if (match || item.depth == wanted_depth) {
      rows.prepend(item);
      wanted_depth = item.depth - 1;
    }
  }
  setRows(rows);
}

}  // namespace darkroom::app
