// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace darkroom::app {

/// How the engine is started: a program and what stands before its own arguments.
struct EngineCommand {
  QString program;
  QStringList prefix;
  QString host;  ///< empty: this computer

  bool local() const { return host.isEmpty(); }
  QStringList arguments(const QStringList& engine_arguments) const { return prefix + engine_arguments; }
};

/// "local": darkroom-engine beside this program (DARKROOM_ENGINE names another file); "ssh:HOST": darkroom-engine over ssh.
/// throws  Error{usage} for any other spelling
EngineCommand engineCommand(const QString& engine);

}  // namespace darkroom::app
