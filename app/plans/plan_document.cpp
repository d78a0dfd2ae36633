// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plans/plan_document.h"

#include <QFileInfo>
#include <QSet>
#include <algorithm>

#include "app/viewmodels/linked_shares.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace darkroom::app {
namespace {

constexpr qsizetype kStepsKept = 200;

Json::json_pointer pointerTo(const QString& text) { return Json::json_pointer(text.toStdString()); }

QString phasePointer(int phase) { return QStringLiteral("/phases/%1").arg(phase); }

}  // namespace

void PlanDocument::open(const TrainingPlan& plan, const QString& file) {
  m_json = to_json(plan);
  m_saved = file.isEmpty() ? Json() : m_json;
  m_file = file;
  m_undo.clear();
  m_redo.clear();
  m_gesture.clear();
  parse();
}

void PlanDocument::openFile(const QString& file) {
  const Json json = read_json_file(file.toStdString());
  std::vector<Problem> problems;
  const TrainingPlan plan = parse_plan(json, problems);
  open(with_resolved_paths(plan, QFileInfo(file).path().toStdString()), file);
  if (!problems.empty()) {
    m_json = m_saved = json;
    parse();
  }
}

void PlanDocument::save(const QString& file) {
  write_file_atomically(file.toStdString(), m_json.dump(2) + "\n");
  m_saved = m_json;
  m_file = file;
  endGesture();
}

void PlanDocument::parse() {
  m_problems.clear();
  m_plan = parse_plan(m_json, m_problems);
  m_sound = m_problems.empty();
  const QString folder = m_file.isEmpty() ? QStringLiteral(".") : QFileInfo(m_file).path();
  check_plan_paths(m_plan, folder.toStdString(), m_problems);
}

void PlanDocument::change(Json json, const QString& gesture) {
  if (json == m_json) {
    return;
  }
  if (gesture.isEmpty() || gesture != m_gesture) {
    m_undo.append(m_json);
    if (m_undo.size() > kStepsKept) {
      m_undo.removeFirst();
    }
  }
  m_gesture = gesture;
  m_redo.clear();
  m_json = std::move(json);
  parse();
}

void PlanDocument::undo() {
  if (canUndo()) {
    m_redo.append(m_json);
    m_json = m_undo.takeLast();
    endGesture();
    parse();
  }
}

void PlanDocument::redo() {
  if (canRedo()) {
    m_undo.append(m_json);
    m_json = m_redo.takeLast();
    endGesture();
    parse();
  }
}

Json PlanDocument::value(const QString& pointer) const {
  const Json::json_pointer at = pointerTo(pointer);
  return m_json.contains(at) ? m_json.at(at) : Json();
}

void PlanDocument::set(const QString& pointer, const Json& value) {
  Json json = m_json;
  json[pointerTo(pointer)] = value;
  change(std::move(json), pointer);
}

void PlanDocument::unset(const QString& pointer) {
  Json json = m_json;
  const Json::json_pointer at = pointerTo(pointer);
  if (!json.contains(at)) {
    return;
  }
  Json& parent = json.at(at.parent_pointer());
  parent.erase(at.back());
  // An override that overrides nothing any more goes with its last member.
  if (parent.is_object() && parent.empty() && pointer.startsWith(QStringLiteral("/phases/"))) {
    const Json::json_pointer up = at.parent_pointer();
    json.at(up.parent_pointer()).erase(up.back());
  }
  change(std::move(json), {});
}

int PlanDocument::duplicatePhase(int index) {
  Json json = m_json;
  Json& phases = json["phases"];
  Json copy = phases.at(static_cast<size_t>(index));
  QSet<QString> taken;
  for (const PhasePlan& phase : m_plan.phases) {
    taken.insert(QString::fromStdString(phase.name));
  }
  const QString base = QString::fromStdString(copy.value("name", "phase"));
  QString name = base;
  for (int number = 2; taken.contains(name); ++number) {
    name = QStringLiteral("%1 %2").arg(base).arg(number);
  }
  copy["name"] = name.toStdString();
  phases.insert(phases.begin() + index + 1, copy);
  change(std::move(json), {});
  return index + 1;
}

bool PlanDocument::removePhase(int index) {
  if (phaseCount() < 2) {
    return false;
  }
  Json json = m_json;
  json["phases"].erase(static_cast<size_t>(index));
  change(std::move(json), {});
  return true;
}

void PlanDocument::movePhase(int from, int to) {
  Json json = m_json;
  Json& phases = json["phases"];
  const Json phase = phases.at(static_cast<size_t>(from));
  phases.erase(static_cast<size_t>(from));
  phases.insert(phases.begin() + to, phase);
  change(std::move(json), {});
}

void PlanDocument::addSource(int phase, const QString& dataset, double share) {
  Json json = m_json;
  Json& sources = json[pointerTo(phasePointer(phase) + QStringLiteral("/sources"))];
  const double given = sources.empty() ? 1.0 : std::clamp(share, 0.0, 1.0);
  for (Json& source : sources) {
    source["share"] = source.value("share", 1.0) * (1 - given);
  }
  sources.push_back(Json{{"dataset", dataset.toStdString()}, {"share", given}, {"limit", nullptr}});
  change(std::move(json), {});
}

void PlanDocument::useMixture(int phase, const MixtureFile& mixture) {
  Json json = m_json;
  json[pointerTo(phasePointer(phase) + QStringLiteral("/sources"))] = to_json(mixture)["sources"];
  change(std::move(json), {});
}

void PlanDocument::removeSource(int phase, int source) {
  Json json = m_json;
  Json& sources = json[pointerTo(phasePointer(phase) + QStringLiteral("/sources"))];
  sources.erase(static_cast<size_t>(source));
  double sum = 0;
  for (const Json& left : sources) {
    sum += left.value("share", 0.0);
  }
  for (Json& left : sources) {
    left["share"] = sum > 0 ? left.value("share", 0.0) / sum : 1.0 / static_cast<double>(sources.size());
  }
  change(std::move(json), {});
}

void PlanDocument::setShare(int phase, int source, double share, const QList<int>& locked) {
  QList<double> shares;
  for (const SourcePlan& other : m_plan.phases.at(static_cast<size_t>(phase)).sources) {
    shares << other.share;
  }
  shares = linkedShares(shares, source, share, locked);
  Json json = m_json;
  Json& sources = json[pointerTo(phasePointer(phase) + QStringLiteral("/sources"))];
  for (int i = 0; i < shares.size(); ++i) {
    sources[static_cast<size_t>(i)]["share"] = shares[i];
  }
  change(std::move(json), QStringLiteral("share %1 %2").arg(phase).arg(source));
}

}  // namespace darkroom::app
