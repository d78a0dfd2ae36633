// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "core/commands/command.h"

namespace darkroom {

/// A program of the engine: its subcommands, and how it runs them.
struct Program {
  std::string version;  ///< what --version says; empty: there is no such option
  std::function<void(CLI::App& app, CommandContext& context)> add_commands;
  /// Runs an action and throws Error for what its libraries threw; empty: actions throw Error and std's exceptions only.
  std::function<void(const std::function<void()>& action)> guard;
};

/// Reads the command line, runs the command that it names, and returns the exit code (interface.md). Errors end here, as a line on stderr
/// and an event with --json. Call once, from main.
int run_program(const Program& program, int argc, char** argv);

}  // namespace darkroom
