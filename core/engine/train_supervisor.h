// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/commands/command.h"
#include "core/engine/train_rank.h"

namespace darkroom {

/// Trains with one process a device: starts the ranks, watches them, and says why they ended.
///
/// A rank that is killed, hangs or loses the others brings all ranks down, and the group is started again from the newest checkpoint, at
/// most request.restarts times; each is in the journal. A rank that ends with an error of its own ends the run: it would only say it again.
/// `run pause` ends the ranks with their state saved and keeps the lock; `run resume` starts them again.
void supervise_training(const TrainRequest& request, CommandContext& context);

}  // namespace darkroom
