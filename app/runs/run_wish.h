// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <functional>

#include "core/run/run_control.h"

namespace darkroom::app {

/// Asks a run for something, by a file in its directory that is written beside the GUI thread. `answered` is called in the GUI thread with
/// what went wrong (a sentence; empty: it is asked), unless `context` is gone by then.
void askRun(const QString& run, RunRequestKind kind, QObject* context, const std::function<void(const QString& problem)>& answered);

}  // namespace darkroom::app
