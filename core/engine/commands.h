// SPDX-License-Identifier: Apache-2.0
// Every subcommand, in the order in which --help lists them. A verb stands here when it works, and not before.
#pragma once

#include "core/engine/command.h"

namespace darkroom {

void add_all_commands(CLI::App& app, CommandContext& context);

}  // namespace darkroom
