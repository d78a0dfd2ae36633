// SPDX-License-Identifier: Apache-2.0
// What every subcommand of darkroom-engine shares: how it is declared, how it reports, how it ends.
//
// A command file declares options on its CLI::App and sets `context.action` in the app's callback:
//
//   void add_inspect_command(CLI::App& app, CommandContext& context) {
//     auto options = std::make_shared<InspectArguments>();
//     CLI::App* command = add_command(app, context, "inspect", "Tensors, metadata and layout of a model file");
//     command->add_option("path", options->path, "File or folder")->required();
//     command->callback([&context, options] { context.action = [&context, options] { inspect(*options, context); }; });
//   }
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "core/base/cancel_token.h"
#include "core/base/json.h"
#include "core/base/progress.h"

namespace darkroom {

/// Prints what a command has to say. Not thread-safe: call from the command's thread.
///
/// With --json one JSON object a line on stdout: {"event":"progress",…} and at the end {"event":"done",…} or {"event":"error",…}.
/// Without it a progress bar on a terminal, plain lines otherwise; logs go to stderr in both cases.
class CommandOutput {
 public:
  void set_json(bool json) { json_ = json; }
  bool json() const { return json_; }

  /// Shows progress: a bar on a terminal, at most one plain line in five seconds elsewhere, a line each in JSON.
  void progress(const Progress& progress);
  ProgressSink sink() {
    return [this](const Progress& state) { progress(state); };
  }
  /// A sentence for people; silent with --json.
  void say(const std::string& text);
  /// An event for programs; silent without --json. "event" comes first.
  void event(const std::string& name, Json fields);
  /// Exactly once, last. `fields` for programs; `text` for people (may be empty).
  void done(Json fields, const std::string& text = {});
  /// Instead of done.
  void error(const std::string& code, const std::string& message);

 private:
  void end_bar();

  bool json_ = false;
  bool bar_shown_ = false;
  std::string last_stage_;
  double last_line_s_ = -1e9;
};

/// Handed to every command.
struct CommandContext {
  CommandOutput output;
  CancelToken cancel;              ///< cancelled by the first Ctrl-C
  std::function<void()> action;    ///< what the chosen command will do; set while the command line is read
  std::function<int()> exit_code;  ///< set by a command that ends well with a code of its own: exit_interrupted
};

/// The exit code of a training, and of each of its ranks, that was interrupted and has saved its state.
constexpr int exit_interrupted = 4;

/// A subcommand with the options that all commands have.
CLI::App* add_command(CLI::App& app, CommandContext& context, const std::string& name, const std::string& help);

}  // namespace darkroom
