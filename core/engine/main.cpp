// SPDX-License-Identifier: Apache-2.0
// darkroom-engine: one program, a file a subcommand. Errors end here, with the exit codes of interface.md.
#include <new>

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/engine/command.h"
#include "core/engine/commands.h"
#include "core/engine/data_command.h"
#include "core/engine/passive_threads.h"
#include "core/engine/plan_command.h"
#include "core/engine/run_command.h"
#include "core/engine/train_command.h"
#include "core/engine/version.h"

namespace darkroom {
namespace {

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

int report_failure(CommandContext& context, ErrorCode code, const std::string& message) {
  context.output.error(std::string(error_code_name(code)), message);
  return exit_code(code);
}

int run_action(CommandContext& context) {
  try {
    context.action();
    return context.exit_code ? context.exit_code() : 0;
  } catch (const Error& error) {
    return report_failure(context, error.code(), error.what());
  } catch (const c10::OutOfMemoryError& error) {
    return report_failure(context, ErrorCode::out_of_memory, error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    return report_failure(context, ErrorCode::out_of_memory, "The machine ran out of memory.");
  } catch (const c10::Error& error) {
    return report_failure(context, ErrorCode::failed, error.what_without_backtrace());
  } catch (const std::exception& error) {
    return report_failure(context, ErrorCode::failed, error.what());
  }
}

int run(int argc, char** argv) {
  CommandContext context;
  context.cancel = cancel_on_interrupt();
  CLI::App app("Darkroom's engine: trains Stable Diffusion 1.x models and makes images with them.", "darkroom-engine");
  app.set_version_flag("--version", engine_version());
  app.require_subcommand(1);
  app.get_formatter()->column_width(36);
  app.option_defaults()->always_capture_default();
  add_generate_command(app, context);
  add_train_command(app, context);
  add_run_command(app, context);
  add_plan_command(app, context);
  add_data_command(app, context);
  add_init_command(app, context);
  add_tokenize_command(app, context);
  add_inspect_command(app, context);
  add_convert_command(app, context);
  add_hub_command(app, context);
  add_devices_command(app, context);
  add_selftest_command(app, context);
  add_forward_command(app, context);
  add_bench_command(app, context);
  add_serve_command(app, context);
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
  return context.action ? run_action(context) : exit_failed;
}

}  // namespace
}  // namespace darkroom

int main(int argc, char** argv) {
  darkroom::wait_passively(argv);
  darkroom::init_log({.role = "engine", .rank = std::nullopt, .run_id = {}});
  return darkroom::run(argc, argv);
}
