// SPDX-License-Identifier: Apache-2.0
// The subcommands that need no LibTorch: `data`, but for what a VAE makes, `tokenize` and `hub`. light_verbs.h has their names.
#pragma once

#include "core/commands/command.h"

namespace darkroom {

/// Verbs of `data` that only a program with LibTorch has; null where there are none.
struct ModelVerbs {
  using Add = void (*)(CLI::App& data, CommandContext& context);
  Add encode = nullptr;
  Add build = nullptr;
};

/// `data`: the stages one by one, and `data build`, which runs the last of them in sequence.
void add_data_command(CLI::App& app, CommandContext& context, ModelVerbs models = {});
void add_tokenize_command(CLI::App& app, CommandContext& context);
void add_hub_command(CLI::App& app, CommandContext& context);

}  // namespace darkroom
