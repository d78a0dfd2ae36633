// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine_host/process_alive.h"

#include <signal.h>

#include <QFile>

namespace darkroom::app {

bool processAlive(qint64 pid) {
  if (pid <= 0 || ::kill(static_cast<pid_t>(pid), 0) != 0) {
    return false;
  }
  // Linux: the state stands behind the name in parentheses. Elsewhere the file is not there and the signal's answer counts.
  QFile stat(QStringLiteral("/proc/%1/stat").arg(pid));
  if (!stat.open(QIODevice::ReadOnly)) {
    return true;
  }
  const QByteArray line = stat.readAll();
  const qsizetype state = line.lastIndexOf(')') + 2;
  return state >= line.size() || (line[state] != 'Z' && line[state] != 'X');
}

}  // namespace darkroom::app
