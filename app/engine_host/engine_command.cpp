// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine_host/engine_command.h"

#include "core/base/error.h"
#include "core/base/resources.h"

namespace darkroom::app {

EngineCommand engineCommand(const QString& engine) {
  if (engine == "local") {
    const QString chosen = qEnvironmentVariable("DARKROOM_ENGINE");
    return {chosen.isEmpty() ? QString::fromStdString((executable_path().parent_path() / "darkroom-engine").string()) : chosen, {}, {}};
  }
  const QString host = engine.startsWith("ssh:") ? engine.mid(4) : QString();
  if (host.isEmpty() || host.startsWith('-')) {
    throw Error(ErrorCode::usage, "--engine is \"" + engine.toStdString() + "\"; it is local, or ssh:HOST");
  }
  return {QStringLiteral("ssh"), {QStringLiteral("-T"), host, QStringLiteral("darkroom-engine")}, host};
}

}  // namespace darkroom::app
