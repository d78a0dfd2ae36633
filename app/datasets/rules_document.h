// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <filesystem>

#include "core/filter/filter_rules.h"

namespace darkroom::app {

/// The rules of a source while they are edited: undo, redo, and the file that `data filter` takes.
class RulesDocument {
 public:
  RulesDocument() = default;
  /// Reads the file; where there is none, `standard` is what the source begins with.
  /// throws  Error{bad_input} with every problem of the file
  RulesDocument(std::filesystem::path file, const FilterRules& standard);

  const FilterRules& rules() const { return m_rules; }
  const std::filesystem::path& file() const { return m_file; }
  /// Differs from the file.
  bool unsaved() const { return !(m_rules == m_saved) || !m_written; }
  bool canUndo() const { return !m_undo.isEmpty(); }
  bool canRedo() const { return !m_redo.isEmpty(); }

  /// One undo step; edits in a row with the same `gesture` (a threshold that is dragged) are one together. Empty: a step of its own.
  void change(const FilterRules& rules, const QString& gesture = {});
  /// The next edit is a step of its own, whatever it changes.
  void endGesture() { m_gesture.clear(); }
  void undo();
  void redo();
  /// Writes the file, when it says something else. throws Error{io}
  void save();

 private:
  std::filesystem::path m_file;
  FilterRules m_rules;
  FilterRules m_saved;
  bool m_written = false;
  QList<FilterRules> m_undo;
  QList<FilterRules> m_redo;
  QString m_gesture;
};

}  // namespace darkroom::app
