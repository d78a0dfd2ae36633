// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/command.h"

namespace darkroom {

/// `data build TARS… --model M --out DATASET`: shards -> tokens -> Arrow -> latents in one go.
/// And the stages one by one.
void add_data_command(CLI::App& app, CommandContext& context);

/// `data filter IN… --rules F --out DIR | --count`.
void add_data_filter_command(CLI::App& data, CommandContext& context);

/// `data shards FOLDER --source KIND --out DIR`.
void add_data_shards_command(CLI::App& data, CommandContext& context);

}  // namespace darkroom
