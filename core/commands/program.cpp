// SPDX-License-Identifier: Apache-2.0
#include "core/commands/program.h"

#include <algorithm>
#include <new>

#include "core/base/error.h"
#include "core/base/log.h"

namespace darkroom {
namespace {

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

int report_failure(CommandContext& context, ErrorCode code, const std::string& message) {
  context.output.error(std::string(error_code_name(code)), message);
  return exit_code(code);
}

// CLI11 writes "[a,b]" for a list unless a library's headers make lists printable; on a command line it is "a b".
void show_lists_as_typed(CLI::App& app) {
  for (CLI::Option* const option : app.get_options([](CLI::Option*) { return true; })) {
    std::string text = option->get_default_str();
    if (text.starts_with('[') && text.ends_with(']')) {
      text = text.substr(1, text.size() - 2);
      std::replace(text.begin(), text.end(), ',', ' ');
      option->default_str(text);
    }
  }
  for (CLI::App* const command : app.get_subcommands([](CLI::App*) { return true; })) {
    show_lists_as_typed(*command);
  }
}

int run_action(const Program& program, CommandContext& context) {
  try {
    if (program.guard) {
      program.guard(context.action);
    } else {
      context.action();
    }
    return context.exit_code ? context.exit_code() : 0;
  } catch (const Error& error) {
    return report_failure(context, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return report_failure(context, ErrorCode::out_of_memory, "The machine ran out of memory.");
  } catch (const std::exception& error) {
    return report_failure(context, ErrorCode::failed, error.what());
  }
}

}  // namespace

int run_program(const Program& program, int argc, char** argv) {
  init_log({.role = "engine", .rank = std::nullopt, .run_id = {}});
  CommandContext context;
  context.cancel = cancel_on_interrupt();
  CLI::App app("Darkroom's engine: trains Stable Diffusion 1.x models and makes images with them.", "darkroom-engine");
  if (!program.version.empty()) {
    app.set_version_flag("--version", program.version);
  }
  app.require_subcommand(1);
  app.get_formatter()->column_width(36);
  app.option_defaults()->always_capture_default();
  program.add_commands(app, context);
  show_lists_as_typed(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      return app.exit(error);  // --help and --version
    }
    context.output.error("usage", std::string(error.what()) + "\nRun with --help for the options and their values.");
    return exit_usage;
  } catch (const Error& error) {
    return report_failure(context, error.code(), error.what());
  }
  return context.action ? run_action(program, context) : exit_failed;
}

}  // namespace darkroom
