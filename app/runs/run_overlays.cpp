// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_overlays.h"

#include <QCoreApplication>
#include <QDir>
#include <QPointer>

#include "app/engine_host/run_follower.h"
#include "app/runs/run_plan_text.h"
#include "app/series/line_set.h"
#include "core/base/error.h"

namespace darkroom::app {
namespace {

constexpr size_t kRowsAPull = 4096;
constexpr char kMark = '\n';  ///< between the folder and the number of a logged run: no path has it

/// The key of a logged run of a folder.
QString logKey(const QString& folder, size_t number) { return folder + QLatin1Char(kMark) + QString::number(number); }

std::optional<TrainingPlan> planOf(const Json& json) {
  if (!json.is_object() || !json.contains("phases")) {
    return std::nullopt;
  }
  std::vector<Problem> problems;
  return parse_plan(json, problems);
}

}  // namespace

struct RunOverlays::Trace {
  explicit Trace(const QString& path) : follower(path.toStdString()) {}
  RunFollower follower;
  RunCurves curves;
  Json plan;
  QString problem;
  bool loading = true;
};

struct RunOverlays::Folder {
  QString path;
  std::vector<std::unique_ptr<ForeignCurves>> curves;
  QStringList names;
  QString problem;
  bool loading = true;
  std::unique_ptr<LogReader> reader;  ///< last: its thread ends first
};

RunOverlays::RunOverlays(QObject* parent)
    : RowListModel(parent), m_changes(new PlanChangeModel(this)), m_differences(new PlanDifferenceModel(this)) {
  for (size_t metric = 0; metric < RunCurves::kMetrics; ++metric) {
    m_lines.emplace(static_cast<RunCurves::Metric>(metric), new LineSet(this));
  }
  m_pull.setInterval(100);
  connect(&m_pull, &QTimer::timeout, this, &RunOverlays::pull);
}

RunOverlays::~RunOverlays() = default;

int RunOverlays::onCount() const { return static_cast<int>(m_on.size()); }

QString RunOverlays::comparedName() const {
  for (auto key = m_on.crbegin(); key != m_on.crend(); ++key) {
    const auto trace = m_traces.find(*key);
    const ForeignCurves* curves = foreign(*key);
    if ((trace != m_traces.end() && !trace->second->plan.is_null()) || (curves != nullptr && planOf(curves->config()))) {
      return itemOf(*key).name;
    }
  }
  return {};
}

const ForeignCurves* RunOverlays::foreign(const QString& key) const {
  const auto folder = m_folders.find(key.section(kMark, 0, 0));
  const auto number = key.section(kMark, 1).toULongLong();
  return key.contains(kMark) && folder != m_folders.end() && number < folder->second->curves.size() ? folder->second->curves[number].get()
                                                                                                    : nullptr;
}

double RunOverlays::end(SeriesAxis::Kind axis) const {
  double end = 0;
  for (const QString& key : m_on) {
    const auto trace = m_traces.find(key);
    const ForeignCurves* curves = foreign(key);
    end = std::max({end, trace != m_traces.end() ? trace->second->curves.end(axis) : 0.0, curves != nullptr ? curves->end(axis) : 0.0});
  }
  return end;
}

// ---- the list

OverlayItem RunOverlays::itemOf(const QString& key) const {
  OverlayItem item;
  item.key = key;
  item.on = m_on.contains(key);
  for (const RunItem& run : m_runs) {
    if (run.path == key) {
      item.name = run.name;
      item.look = run.seriesIndex;
      if (const auto trace = m_traces.find(key); trace != m_traces.end()) {
        item.problem = trace->second->problem;
        item.note = item.problem.isEmpty() && trace->second->loading ? tr("reads …") : QString();
      }
      return item;
    }
  }
  const auto folder = m_folders.find(key.section(kMark, 0, 0));
  if (folder == m_folders.end()) {
    return item;
  }
  const Folder& logs = *folder->second;
  item.foreign = true;
  item.detail = logs.path;
  item.name = QDir(logs.path).dirName();
  item.problem = logs.problem;
  item.note = logs.loading ? tr("reads …") : QString();
  if (const ForeignCurves* curves = foreign(key)) {
    const auto number = static_cast<qsizetype>(key.section(kMark, 1).toLongLong());
    item.name = logs.names[number];
    item.look = static_cast<int>((m_runs.size() + 1 + number) % kLooks);
    item.tags = curves->tags();
    item.lossTag = curves->tag(RunCurves::Loss);
    if (item.lossTag.isEmpty()) {
      item.note = tr("no loss in it: choose a tag");
    } else if (!curves->knows(m_axis)) {
      item.note = m_axis == SeriesAxis::Epoch    ? tr("knows no epochs")
                  : m_axis == SeriesAxis::Images ? tr("knows no images")
                                                 : tr("knows no times");
    }
  }
  return item;
}

void RunOverlays::show() {
  QList<OverlayItem> rows;
  const auto helpOf = [](const OverlayItem& item) {
    QStringList lines{item.detail, item.lossTag.isEmpty() ? QString() : tr("loss: %1").arg(item.lossTag), item.note, item.problem};
    lines.removeAll(QString());
    return lines.join('\n');
  };
  for (const RunItem& run : m_runs) {
    if (run.path != m_shown) {
      rows << itemOf(run.path);
    }
  }
  for (const auto& [path, folder] : m_folders) {
    if (folder->curves.empty()) {
      rows << itemOf(path);
    }
    for (size_t number = 0; number < folder->curves.size(); ++number) {
      rows << itemOf(logKey(path, number));
    }
  }
  for (OverlayItem& row : rows) {
    row.help = helpOf(row);
  }
  setRows(rows);
}

void RunOverlays::setRuns(const QList<RunItem>& runs, const QString& shown) {
  m_runs = runs;
  m_shown = shown;
  // A run is not laid over itself, and one that is gone over nothing.
  for (const QString& key : QStringList(m_on)) {
    const bool there = std::any_of(runs.begin(), runs.end(), [&](const RunItem& run) { return run.path == key; });
    if (key == shown || (!there && !key.contains(kMark))) {
      setOn(key, false);
    }
  }
  show();
  if (!m_on.isEmpty()) {
    showLines();  // a run may have another name or colour
  }
}

void RunOverlays::setOn(const QString& key, bool on) {
  if (on == m_on.contains(key) || (on && (key == m_shown || itemOf(key).name.isEmpty()))) {
    return;  // or there is no such run
  }
  if (on) {
    m_on << key;
    if (!key.contains(kMark)) {
      auto trace = std::make_unique<Trace>(key);
      trace->curves.setSmoothing(m_smoothing);
      m_traces.emplace(key, std::move(trace));
      m_pull.start();
    }
  } else {
    m_on.removeAll(key);
    m_traces.erase(key);
  }
  show();
  showLines();
  showPlan();
}

void RunOverlays::addFolder(const QUrl& folder) {
  const QString path = QDir::cleanPath(folder.isLocalFile() ? folder.toLocalFile() : folder.toString());
  if (path.isEmpty() || m_folders.contains(path)) {
    return;
  }
  auto entry = std::make_unique<Folder>();
  entry->path = path;
  m_folders.emplace(path, std::move(entry));
  m_folders.at(path)->reader =
      std::make_unique<LogReader>(path.toStdString(), [self = QPointer<RunOverlays>(this), path](LogReader::Found found) {
        QMetaObject::invokeMethod(QCoreApplication::instance(), [self, path, found = std::move(found)] {
          if (self) {
            self->takeFolder(path, found);
          }
        });
      });
  show();
}

void RunOverlays::takeFolder(const QString& path, const LogReader::Found& found) {
  const auto entry = m_folders.find(path);
  if (entry == m_folders.end()) {
    return;
  }
  Folder& folder = *entry->second;
  const bool first = folder.curves.empty();
  folder.loading = false;
  folder.problem = QString::fromStdString(found.error);
  if (found.error.empty()) {
    std::vector<std::unique_ptr<ForeignCurves>> before = std::move(folder.curves);
    folder.curves.clear();
    folder.names.clear();
    for (const LoggedRun& run : found.runs) {
      auto curves = std::make_unique<ForeignCurves>(run);
      curves->setSmoothing(m_smoothing);
      const size_t number = folder.curves.size();
      if (number < before.size() && before[number]->tags() == curves->tags()) {
        curves->setTag(RunCurves::Loss, before[number]->tag(RunCurves::Loss));
      }
      folder.names << QString::fromStdString(run.name);
      folder.curves.push_back(std::move(curves));
    }
    if (first && !folder.curves.empty()) {
      m_on << logKey(path, 0);  // it was added to be seen
    }
    showLines();  // before the old curves leave
  }
  show();
  showPlan();
}

void RunOverlays::removeFolder(const QString& key) {
  const QString path = key.section(kMark, 0, 0);
  m_on.removeIf([&](const QString& on) { return on.section(kMark, 0, 0) == path && m_folders.contains(path); });
  m_folders.erase(path);
  show();
  showLines();
  showPlan();
}

void RunOverlays::setLossTag(const QString& key, const QString& tag) {
  const auto folder = m_folders.find(key.section(kMark, 0, 0));
  const auto number = key.section(kMark, 1).toULongLong();
  if (folder != m_folders.end() && number < folder->second->curves.size()) {
    folder->second->curves[number]->setTag(RunCurves::Loss, tag);
    show();
    showLines();
  }
}

// ---- following

void RunOverlays::pull() {
  bool rows = false;
  bool heads = false;
  for (const auto& [path, trace] : m_traces) {
    const RunBatch batch = trace->follower.take(kRowsAPull / m_traces.size());
    if (batch.head && batch.head->plan && trace->plan.is_null()) {
      trace->plan = to_json(*batch.head->plan);
      trace->curves.setPlan(*batch.head->plan);
      heads = true;
    }
    if (batch.restarted) {
      trace->curves.clear();
    }
    if (batch.restarted || !batch.rows.empty()) {
      trace->curves.append(batch.rows);
      trace->curves.announce();
      rows = true;
    }
    const QString problem = QString::fromStdString(batch.error);
    heads = heads || problem != trace->problem || trace->loading == batch.caught_up;
    trace->problem = problem;
    trace->loading = !batch.caught_up;
  }
  if (m_traces.empty()) {
    m_pull.stop();
  }
  if (heads) {
    show();
    showPlan();
  } else if (rows) {
    emit changed();
  }
}

void RunOverlays::setAxis(SeriesAxis::Kind axis) {
  m_axis = axis;
  show();
}

void RunOverlays::setSmoothing(double weight) {
  m_smoothing = weight;
  for (const auto& [path, trace] : m_traces) {
    trace->curves.setSmoothing(weight);
  }
  for (const auto& [path, folder] : m_folders) {
    for (const std::unique_ptr<ForeignCurves>& curves : folder->curves) {
      curves->setSmoothing(weight);
    }
  }
}

void RunOverlays::showLines() {
  for (const auto& [metric, set] : m_lines) {
    QList<SetLine> lines;
    for (const QString& key : m_on) {
      const OverlayItem item = itemOf(key);
      const auto trace = m_traces.find(key);
      const ForeignCurves* curves = foreign(key);
      SetLine line;
      line.name = item.name;
      line.look = item.look;
      line.smoothed = metric != RunCurves::LearningRate;
      if (trace != m_traces.end()) {
        line.series = trace->second->curves.series(metric);
      } else if (curves != nullptr) {
        line.series = curves->series(metric);
        for (int axis = 0; axis < 4; ++axis) {
          line.axes[axis] = curves->knows(static_cast<SeriesAxis::Kind>(axis));
        }
      }
      if (line.series) {
        lines << line;
      }
    }
    set->set(lines);
  }
  emit changed();
}

// ---- plans

void RunOverlays::setPlan(const Json& plan, int phase) {
  if (plan != m_plan || phase != m_phase) {
    m_plan = plan;
    m_phase = phase;
    showPlan();
  }
}

void RunOverlays::showPlan() {
  QList<PlanChangeItem> changes;
  QList<PlanDifference> all;
  for (auto key = m_on.crbegin(); key != m_on.crend() && all.isEmpty() && !m_plan.is_null(); ++key) {
    const auto trace = m_traces.find(*key);
    const ForeignCurves* curves = foreign(*key);
    const Json there = trace != m_traces.end() ? trace->second->plan : curves != nullptr ? curves->config() : Json();
    const std::optional<TrainingPlan> other = planOf(there);
    const std::optional<TrainingPlan> own = planOf(m_plan);
    if (!other || !own) {
      continue;
    }
    all = app::differences(m_plan, there);
    const QList<PlanLineItem> here_lines = planLines(*own, m_phase);
    const QList<PlanLineItem> there_lines = planLines(*other, m_phase);
    for (qsizetype line = 0; line < std::min(here_lines.size(), there_lines.size()); ++line) {
      if (here_lines[line].value != there_lines[line].value) {
        changes << PlanChangeItem{here_lines[line].label, there_lines[line].value, here_lines[line].value};
      }
    }
    break;
  }
  m_changes->setRows(changes);
  m_differences->setRows(all);
  emit changed();
}

}  // namespace darkroom::app
