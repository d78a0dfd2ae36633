// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/rules_document.h"

#include "core/base/atomic_file.h"

namespace darkroom::app {
namespace {

constexpr qsizetype kSteps = 500;

}  // namespace

RulesDocument::RulesDocument(std::filesystem::path file, const FilterRules& standard) : m_file(std::move(file)), m_rules(standard) {
  if (std::filesystem::exists(m_file)) {
    m_rules = read_filter_rules(m_file);
    m_written = true;
  }
  m_saved = m_rules;
}

void RulesDocument::change(const FilterRules& rules, const QString& gesture) {
  if (rules == m_rules) {
    return;
  }
  if (gesture.isEmpty() || gesture != m_gesture) {
    m_undo << m_rules;
    if (m_undo.size() > kSteps) {
      m_undo.removeFirst();
    }
  }
  m_redo.clear();
  m_gesture = gesture;
  m_rules = rules;
}

void RulesDocument::undo() {
  if (canUndo()) {
    m_redo << m_rules;
    m_rules = m_undo.takeLast();
    endGesture();
  }
}

void RulesDocument::redo() {
  if (canRedo()) {
    m_undo << m_rules;
    m_rules = m_redo.takeLast();
    endGesture();
  }
}

void RulesDocument::save() {
  if (m_file.empty() || !unsaved()) {
    return;
  }
  std::filesystem::create_directories(m_file.parent_path());
  write_file_atomically(m_file, to_json(m_rules).dump(2) + "\n");
  m_saved = m_rules;
  m_written = true;
}

}  // namespace darkroom::app
