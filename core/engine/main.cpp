// SPDX-License-Identifier: Apache-2.0
// darkroom-engine-models: what darkroom-engine becomes for all commands but those of light_verbs.h. It has every verb, a file each.
#include "core/base/error.h"
#include "core/commands/commands.h"
#include "core/commands/program.h"
#include "core/engine/commands.h"
#include "core/engine/encode_stage.h"
#include "core/engine/plan_command.h"
#include "core/engine/run_command.h"
#include "core/engine/train_command.h"
#include "core/engine/version.h"

namespace darkroom {
namespace {

void add_commands(CLI::App& app, CommandContext& context) {
  add_generate_command(app, context);
  add_train_command(app, context);
  add_run_command(app, context);
  add_plan_command(app, context);
  add_data_command(app, context, {.encode = add_data_encode_command, .build = add_data_build_command});
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
}

// LibTorch's sentences come with a backtrace.
void guard(const std::function<void()>& action) {
  try {
    action();
  } catch (const c10::OutOfMemoryError& error) {
    fail(ErrorCode::out_of_memory, "{}", error.what_without_backtrace());
  } catch (const c10::Error& error) {
    fail(ErrorCode::failed, "{}", error.what_without_backtrace());
  }
}

}  // namespace
}  // namespace darkroom

int main(int argc, char** argv) {
  using namespace darkroom;  // NOLINT
  return run_program({.version = engine_version(), .add_commands = add_commands, .guard = guard}, argc, argv);
}
