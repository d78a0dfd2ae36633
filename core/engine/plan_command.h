// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/commands/command.h"

namespace darkroom {

/// `plan check FILE` and `plan template NAME --out FILE`.
void add_plan_command(CLI::App& app, CommandContext& context);

}  // namespace darkroom
