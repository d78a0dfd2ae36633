// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/command.h"

namespace darkroom {

/// `data build TARS… --model M --out DATASET`: shards -> tokens -> Arrow -> latents in one go.
void add_data_command(CLI::App& app, CommandContext& context);

}  // namespace darkroom
