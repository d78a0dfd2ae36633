// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/commands/command.h"

namespace darkroom {

/// `train --plan FILE --run DIR`: supervises one process a device; with RANK in the environment it is one of them.
void add_train_command(CLI::App& app, CommandContext& context);

}  // namespace darkroom
