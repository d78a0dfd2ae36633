// SPDX-License-Identifier: Apache-2.0
// How commands that fetch files speak of them.
#pragma once

#include <string>

#include "core/commands/command.h"
#include "core/hub/download_report.h"

namespace darkroom {

/// A watcher that prints: the events planned, progress, files and file for programs, lines and a bar for people.
/// output  must outlive the watcher
/// source  names what is fetched: a repository, or a list
DownloadWatcher download_watcher(CommandOutput& output, const std::string& source);

}  // namespace darkroom
