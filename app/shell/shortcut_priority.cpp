// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/shortcut_priority.h"

#include <QKeyEvent>
#include <QKeySequence>
#include <algorithm>

#include "app/viewmodels/shell_view_model.h"

namespace darkroom::app {

ShortcutPriority::ShortcutPriority(const ShellViewModel* shell, QObject* parent) : QObject(parent), m_shell(shell) {}

bool ShortcutPriority::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::ShortcutOverride) {
    const auto* key = static_cast<QKeyEvent*>(event);
    const QKeySequence pressed(key->keyCombination());
    const QList<ActionItem>& shortcuts = m_shell->shortcuts()->rows();
    // An override that nobody accepts goes on to the shortcut.
    if (key->modifiers().testFlag(Qt::ControlModifier) &&
        std::any_of(shortcuts.begin(), shortcuts.end(), [&](const ActionItem& item) { return QKeySequence(item.shortcut) == pressed; })) {
      return true;
    }
  }
  return QObject::eventFilter(watched, event);
}

}  // namespace darkroom::app
