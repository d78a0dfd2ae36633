// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

namespace darkroom::app {

/// A process with this id runs (one that ended and was not collected by its parent does not count).
bool processAlive(qint64 pid);

}  // namespace darkroom::app
