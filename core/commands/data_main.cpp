// SPDX-License-Identifier: Apache-2.0
// darkroom-engine-data: what darkroom-engine becomes for a command that needs no LibTorch.
#include "core/commands/commands.h"
#include "core/commands/program.h"

int main(int argc, char** argv) {
  const auto add_commands = [](CLI::App& app, darkroom::CommandContext& context) {
    darkroom::add_data_command(app, context);
    darkroom::add_tokenize_command(app, context);
    darkroom::add_hub_command(app, context);
  };
  return darkroom::run_program({.version = {}, .add_commands = add_commands, .guard = {}}, argc, argv);
}
