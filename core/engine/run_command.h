// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/commands/command.h"

namespace darkroom {

/// `run status|stop|save|sample|pause|resume|batch|verify|hash|export DIR`.
void add_run_command(CLI::App& app, CommandContext& context);

}  // namespace darkroom
