// SPDX-License-Identifier: Apache-2.0
#include "core/base/format.h"
#include "core/engine/commands.h"
#include "core/model/model_writer.h"

namespace darkroom {
namespace {

struct InitArguments {
  std::string layout;
  uint64_t seed = 0;
  std::string out;
  std::string dtype = "fp32";
};

void init(const InitArguments& options, CommandContext& context) {
  init_model(options.layout, options.seed, options.out, dtype_from_name(options.dtype));
  context.output.done({{"layout", options.layout}, {"seed", options.seed}, {"out", options.out}},
                      format("A freshly initialised {} model lies in {}", options.layout, options.out));
}

}  // namespace

void add_init_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<InitArguments>();
  CLI::App* command = add_command(app, context, "init", "A freshly initialised model folder (diffusers layout)");
  command->add_option("--layout", options->layout, "Shape of the model")->required()->check(CLI::IsMember({"sd15", "scratch", "pocket"}));
  command->add_option("--seed", options->seed, "Decides every initial value");
  command->add_option("--out", options->out, "Folder to create")->required();
  command->add_option("--dtype", options->dtype, "Number format in the files")->check(CLI::IsMember({"fp32", "fp16", "bf16"}));
  command->callback([&context, options] { context.action = [&context, options] { init(*options, context); }; });
}

}  // namespace darkroom
