// SPDX-License-Identifier: Apache-2.0
// The subcommands that need LibTorch, in the order in which --help lists them; core/commands has the others. A verb stands here when it
// works, and not before.
#pragma once

#include "core/commands/command.h"

namespace darkroom {

void add_generate_command(CLI::App& app, CommandContext& context);
void add_init_command(CLI::App& app, CommandContext& context);
void add_inspect_command(CLI::App& app, CommandContext& context);
void add_convert_command(CLI::App& app, CommandContext& context);
void add_devices_command(CLI::App& app, CommandContext& context);
void add_selftest_command(CLI::App& app, CommandContext& context);
void add_forward_command(CLI::App& app, CommandContext& context);
void add_bench_command(CLI::App& app, CommandContext& context);
void add_serve_command(CLI::App& app, CommandContext& context);

}  // namespace darkroom
