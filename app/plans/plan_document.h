// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <vector>

#include "core/plan/mixture_file.h"
#include "core/plan/training_plan.h"

namespace darkroom::app {

/// A plan that is being edited: its JSON, every step back and forth, and what is wrong with it. No Qt signals and no files but its own.
///
/// Edits are made on the JSON, so that a value which the plan refuses stays visible beside its problem.
class PlanDocument {
 public:
  /// Takes over `plan`; nothing can be undone, and it counts as saved in `file` (empty: never saved).
  void open(const TrainingPlan& plan, const QString& file);
  /// A file with problems is opened all the same, so that they can be mended; relative paths are made absolute when there are none.
  /// throws  Error{not_found | io | bad_input} when it cannot be read or is no JSON; then the document is as before
  void openFile(const QString& file);
  /// Atomic. throws Error{io}
  void save(const QString& file);

  const Json& json() const { return m_json; }
  /// What the JSON says, as far as it can be read.
  const TrainingPlan& plan() const { return m_plan; }
  /// Of spelling, range, sense and paths.
  const std::vector<Problem>& problems() const { return m_problems; }
  /// Nothing is wrong but that files or folders are not here.
  bool sound() const { return m_sound; }
  QString file() const { return m_file; }
  bool edited() const { return m_json != m_saved; }
  bool canUndo() const { return !m_undo.isEmpty(); }
  bool canRedo() const { return !m_redo.isEmpty(); }
  void undo();
  void redo();
  /// The next edit is a step of its own, whatever it changes.
  void endGesture() { m_gesture.clear(); }

  /// The value at a JSON pointer, or null where there is none.
  Json value(const QString& pointer) const;
  /// Sets a value; objects on the way are made. One undo step with the edits of the same pointer just before it (a slider that is dragged).
  void set(const QString& pointer, const Json& value);
  /// Removes a member, so that what it overrides counts again.
  void unset(const QString& pointer);

  int phaseCount() const { return static_cast<int>(m_plan.phases.size()); }
  /// A copy of phase `index` right after it, under a name that is free; returns its index.
  int duplicatePhase(int index);
  /// The last phase cannot be removed: returns false.
  bool removePhase(int index);
  void movePhase(int from, int to);
  /// `share` is taken from the others in proportion; the first source of a phase has all.
  void addSource(int phase, const QString& dataset, double share);
  /// The datasets of a mixture, with its shares and limits, in place of what the phase had.
  void useMixture(int phase, const MixtureFile& mixture);
  void removeSource(int phase, int source);
  /// Sets a source's share; the others that are not in `locked` share the rest in their proportions, so that the sum stays 1. The share
  /// is limited to what the locked ones leave.
  void setShare(int phase, int source, double share, const QList<int>& locked);

 private:
  void change(Json json, const QString& gesture);
  void parse();

  Json m_json;
  Json m_saved;
  TrainingPlan m_plan;
  std::vector<Problem> m_problems;
  bool m_sound = false;
  QString m_file;
  QList<Json> m_undo;
  QList<Json> m_redo;
  QString m_gesture;
};

}  // namespace darkroom::app
