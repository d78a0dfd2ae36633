// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace darkroom::app {

class ShellViewModel;

/// Lets the shell's Ctrl shortcuts come before what a text field does with the same keys: Qt's fields take Ctrl+K to delete the rest of the
/// line. Install it on the application.
class ShortcutPriority : public QObject {
  Q_OBJECT

 public:
  explicit ShortcutPriority(const ShellViewModel* shell, QObject* parent = nullptr);
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  const ShellViewModel* m_shell;
};

}  // namespace darkroom::app
