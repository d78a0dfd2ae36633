// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/shell_view_model.h"

#include <QDateTime>
#include <QGuiApplication>
#include <QLocale>
#include <QPalette>
#include <algorithm>

#include "app/engine_host/engine_supervisor.h"
#include "app/viewmodels/part_keys.h"

namespace darkroom::app {
namespace {

constexpr int kNotifications = 200;

QString deviceName(const QString& id) { return id == "cpu" ? QStringLiteral("CPU") : id.startsWith("cuda:") ? "GPU " + id.mid(5) : id; }

}  // namespace

DeviceItem deviceItem(const DeviceLine& line) {
  DeviceItem item;
  item.name = deviceName(QString::fromStdString(line.id));
  item.product = QString::fromStdString(line.name);
  // Of a CPU, what our own processes hold tells more than what the whole machine uses.
  item.memoryUsed = static_cast<double>(line.id == "cpu" && line.process_bytes > 0 ? line.process_bytes : line.memory_used_bytes);
  item.memoryTotal = static_cast<double>(line.memory_total_bytes);
  item.memoryFraction = item.memoryTotal > 0 ? std::clamp(item.memoryUsed / item.memoryTotal, 0.0, 1.0) : 0;
  item.load = std::clamp(line.load, 0.0, 1.0);
  item.power = line.power_w.value_or(std::numeric_limits<double>::quiet_NaN());
  item.temperature = line.temperature_c.value_or(std::numeric_limits<double>::quiet_NaN());
  return item;
}

ShellViewModel::ShellViewModel(EngineSupervisor* engine, QObject* parent)
    : QObject(parent),
      m_engine(engine),
      m_pages(new PageModel(this)),
      m_activities(new ActivityModel(this)),
      m_devices(new DeviceModel(this)),
      m_notifications(new NotificationModel(this)),
      m_actions(new ActionModel(this)),
      m_shortcuts(new ActionModel(this)),
      m_keys(new ActionModel(this)) {
  m_pages->setRows({{"generate", tr("Generate"), "Ctrl+1"},
                    {"datasets", tr("Datasets"), "Ctrl+2"},
                    {"plans", tr("Plans"), "Ctrl+3"},
                    {"runs", tr("Runs"), "Ctrl+4"},
                    {"models", tr("Models"), "Ctrl+5"}});
  m_engineDetail = engine->command().local() ? tr("this computer") : engine->command().host;
  QList<ActionItem> pages;
  for (const PageItem& page : m_pages->rows()) {
    pages.append({"page." + page.key, tr("Pages"), page.title, {}, page.key, page.shortcut, {}});
  }
  setActions(tr("Pages"), pages);
  setActions(tr("Actions"),
             {{"palette.open", tr("Actions"), tr("Search everything"), {}, "search", "Ctrl+K", {}},
              {"shortcuts.show", tr("Actions"), tr("Shortcuts of this page"), {}, "keyboard", "F1", {}},
              {"generate.start", tr("Actions"), tr("Generate"), {}, "generate", "Ctrl+Return", "generate"},
              {"generate.cancel", tr("Actions"), tr("Cancel the picture that is being made"), {}, "close", "Esc", "generate"},
              {"prompt.focus", tr("Actions"), tr("Write the prompt"), {}, "edit", "Ctrl+L", "generate"},
              {"seed.roll", tr("Actions"), tr("New random seed"), {}, "dice", "Ctrl+R", "generate"},
              {"grid.open", tr("Actions"), tr("Lay out a grid of settings"), {}, "grid", "Ctrl+G", "generate"},
              {"mask.paint", tr("Actions"), tr("Paint a mask on the start picture"), {}, "brush", "Ctrl+M", "generate"},
              {"compare.wipe", tr("Actions"), tr("Compare two pictures with a wipe"), {}, "compare-wipe", "Ctrl+D", "generate"},
              {"compare.side", tr("Actions"), tr("Compare two pictures side by side"), {}, "compare-side", "Ctrl+Shift+D", "generate"},
              {"datasets.demo", tr("Actions"), tr("Curate the demo pictures"), tr("701 small pictures with captions"), "datasets", {}, {}},
              {"plan.save", tr("Actions"), tr("Save the plan"), {}, "plans", "Ctrl+S", "plans"},
              {"run.startDemo", tr("Actions"), tr("Train the demo"), tr("a small model, about three minutes"), "runs", {}, {}},
              {"run.stop", tr("Actions"), tr("Stop the run after its step"), {}, "stop", "Ctrl+Shift+S", "runs"},
              {"run.pause", tr("Actions"), tr("Pause the run and free its devices"), {}, "pause", "Ctrl+P", "runs"},
              {"run.resume", tr("Actions"), tr("Let the run go on"), {}, "play", "Ctrl+Shift+P", "runs"},
              {"run.save", tr("Actions"), tr("Save the run now"), {}, "save", "Ctrl+S", "runs"},
              {"run.sample", tr("Actions"), tr("Draw samples of the run now"), {}, "image", "Ctrl+T", "runs"},
              {"run.branch", tr("Actions"), tr("Branch from the run"), {}, "branch", "Ctrl+B", "runs"},
              {"engine.restart", tr("Actions"), tr("Start the engine again"), {}, "refresh", {}, {}},
              {"theme.dark", tr("Actions"), tr("Dark theme"), {}, "theme", {}, {}},
              {"theme.light", tr("Actions"), tr("Light theme"), {}, "theme", {}, {}},
              {"theme.system", tr("Actions"), tr("Theme of the system"), {}, "theme", {}, {}}});
  connect(engine, &EngineSupervisor::stateChanged, this, &ShellViewModel::followEngine);
  connect(engine, &EngineSupervisor::died, this, [this](const QString& reason, const QString& log) {
    if (m_engine->state() == EngineSupervisor::State::stopped) {
      return;  // on purpose
    }
    const bool again = m_engine->state() == EngineSupervisor::State::restarting;
    notify({"error", reason, log, {}, again ? QString() : QStringLiteral("engine.restart"), again ? QString() : tr("Start again")});
  });
  connect(engine, &EngineSupervisor::received, this, [this](const message::FromEngine& message) {
    if (const auto* sample = std::get_if<message::DeviceSample>(&message); sample && sample->run.empty()) {
      QList<DeviceItem> items;
      for (const DeviceLine& line : sample->devices) {
        items.append(deviceItem(line));
      }
      m_devices->setRows(items);
    } else if (const auto* line = std::get_if<message::Log>(&message); line && line->level == "error") {
      notify({"error", QString::fromStdString(line->text), {}, {}, {}, {}});
    }
  });
  followEngine();
}

void ShellViewModel::setWorkspace(const QString& name, const QString& path) {
  m_workspaceName = name;
  m_workspacePath = path;
  emit workspaceChanged();
}

void ShellViewModel::setPage(const QString& page) {
  const QList<PageItem>& pages = m_pages->rows();
  const bool known = std::any_of(pages.begin(), pages.end(), [&](const PageItem& item) { return item.key == page; });
  if (known && page != m_page) {
    m_page = page;
    filterActions();
    emit pageChanged();
  }
}

void ShellViewModel::openPageAt(int index) {
  if (index >= 0 && index < m_pages->rowCount()) {
    setPage(m_pages->at(index).key);
  }
}

void ShellViewModel::followEngine() {
  m_engineProblem.clear();
  m_engineLog.clear();
  switch (m_engine->state()) {
    case EngineSupervisor::State::stopped:
    case EngineSupervisor::State::starting:
      m_engineState = EngineStarting;
      break;
    case EngineSupervisor::State::ready:
      m_engineState = EngineReady;
      if (m_devices->rowCount() == 0 && m_engine->hello()) {
        QList<DeviceItem> items;
        for (const message::Device& device : m_engine->hello()->devices) {
          DeviceItem item;
          item.name = deviceName(QString::fromStdString(device.id));
          item.product = QString::fromStdString(device.name);
          item.memoryTotal = static_cast<double>(device.memory_total_bytes);
          items.append(item);
        }
        m_devices->setRows(items);
      }
      break;
    case EngineSupervisor::State::restarting:
      m_engineState = EngineRestarting;
      break;
    case EngineSupervisor::State::failed:
      m_engineState = EngineFailed;
      break;
  }
  if (m_engineState == EngineFailed || m_engineState == EngineRestarting) {
    m_engineProblem = m_engine->problem();
    m_engineLog = m_engine->logText();
  }
  emit engineChanged();
}

QString ShellViewModel::engineText() const {
  switch (m_engineState) {
    case EngineStarting:
      return tr("Engine starts");
    case EngineReady:
      return tr("Engine ready");
    case EngineRestarting:
      return tr("Engine starts again");
    case EngineFailed:
      return tr("Engine stopped");
  }
  return {};
}

void ShellViewModel::restartEngine() { m_engine->start(); }

bool ShellViewModel::darkTheme() const {
  if (m_themeMode == System) {
    const QPalette palette = QGuiApplication::palette();
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
  }
  return m_themeMode == Dark;
}

void ShellViewModel::setThemeMode(ThemeMode mode) {
  if (mode != m_themeMode) {
    m_themeMode = mode;
    emit themeChanged();
  }
}

void ShellViewModel::setReduceMotion(bool reduce) {
  if (reduce != m_reduceMotion) {
    m_reduceMotion = reduce;
    emit themeChanged();
  }
}

void ShellViewModel::trigger(const QString& id) {
  if (id.startsWith("page.")) {
    setPage(id.mid(5));
  } else if (id == "engine.restart") {
    restartEngine();
  } else if (id == "theme.dark") {
    setThemeMode(Dark);
  } else if (id == "theme.light") {
    setThemeMode(Light);
  } else if (id == "theme.system") {
    setThemeMode(System);
  } else {
    if (id.startsWith("run.")) {
      setPage("runs");
    } else if (id.startsWith("image.") || id == "prompt.focus") {
      setPage("generate");
    }
    emit actionTriggered(id);
  }
}

void ShellViewModel::cancelActivity(const QString& key) { emit activityCancelled(key); }

void ShellViewModel::markNotificationsRead() {
  if (m_unread != 0) {
    m_unread = 0;
    emit unreadChanged();
  }
}

void ShellViewModel::dismissNotification(int row) {
  if (row >= 0 && row < m_notifications->rowCount()) {
    m_notifications->removeRow(row);
  }
}

void ShellViewModel::notify(const NotificationItem& item) {
  NotificationItem stamped = item;
  stamped.time = QLocale().toString(QTime::currentTime(), QStringLiteral("HH:mm"));
  m_notifications->insert(0, stamped);
  while (m_notifications->rowCount() > kNotifications) {
    m_notifications->removeRow(m_notifications->rowCount() - 1);
  }
  ++m_unread;
  emit unreadChanged();
}

void ShellViewModel::showActivity(const ActivityItem& item) {
  for (int row = 0; row < m_activities->rowCount(); ++row) {
    if (m_activities->at(row).key == item.key) {
      m_activities->set(row, item);
      return;
    }
  }
  m_activities->append(item);
}

void ShellViewModel::endActivity(const QString& key) {
  for (int row = m_activities->rowCount() - 1; row >= 0; --row) {
    if (m_activities->at(row).key == key) {
      m_activities->removeRow(row);
    }
  }
}

void ShellViewModel::setActions(const QString& group, const QList<ActionItem>& items) {
  m_allActions.removeIf([&](const ActionItem& item) { return item.group == group; });
  m_allActions.append(items);
  filterActions();
}

void ShellViewModel::setActionFilter(const QString& filter) {
  if (filter != m_actionFilter) {
    m_actionFilter = filter;
    filterActions();
    emit actionFilterChanged();
  }
}

void ShellViewModel::filterActions() {
  const QStringList words = m_actionFilter.toLower().split(' ', Qt::SkipEmptyParts);
  struct Match {
    int rank;
    ActionItem item;
  };
  QList<Match> matches;
  QList<ActionItem> shortcuts;
  for (const ActionItem& item : std::as_const(m_allActions)) {
    const bool here = item.page.isEmpty() || item.page == m_page;
    if (here && !item.shortcut.isEmpty()) {
      shortcuts.append(item);
    }
    const QString title = item.title.toLower();
    const QString text = title + ' ' + item.detail.toLower() + ' ' + item.group.toLower();
    if (!std::all_of(words.begin(), words.end(), [&](const QString& word) { return text.contains(word); })) {
      continue;
    }
    // First what begins with the words, then what has them in its title; what belongs to this page before the rest.
    const int rank = (words.isEmpty() || title.startsWith(words.first()) ? 0 : title.contains(words.first()) ? 2 : 4) + (here ? 0 : 1);
    matches.append({rank, item});
  }
  std::stable_sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) { return a.rank < b.rank; });
  QList<ActionItem> shown;
  for (const Match& match : matches) {
    shown.append(match.item);
  }
  m_actions->setRows(shown);
  m_shortcuts->setRows(shortcuts);
  listKeys();
}

void ShellViewModel::setPart(const QString& part) {
  if (part != m_part) {
    m_part = part;
    listKeys();
    emit partChanged();
  }
}

void ShellViewModel::listKeys() {
  const QList<ActionItem> all = partKeys(m_page, m_part);
  const QList<ActionItem> always = partKeys(m_page, {});
  QList<ActionItem> rows = all.mid(0, all.size() - always.size());
  const qsizetype own = rows.size();
  for (const ActionItem& action : m_shortcuts->rows()) {
    const bool taken =
        std::any_of(rows.begin(), rows.begin() + own, [&](const ActionItem& key) { return key.shortcut == action.shortcut; });
    if (!taken) {
      rows.append(action);
    }
  }
  rows.append(always);
  m_keys->setRows(rows);
}

}  // namespace darkroom::app
