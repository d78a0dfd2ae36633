// SPDX-License-Identifier: Apache-2.0
// Continuing the source run: its checkpoints are files of torch.save with weights, EMA and AdamW's moments.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/tensor/parameter_arena.h"
#include "core/train/optimizer.h"

namespace darkroom {

/// Whether a file holds an optimiser's state as torch writes it ("optimizer_state_dict" beside the weights).
bool is_source_run_checkpoint(const std::filesystem::path& path);

/// Fills the arena with the live weights and the EMA of a source-run checkpoint, and the optimiser with its moments.
///
/// torch numbers an optimiser's state in the order of parameters(), which is the order of the weights' dict in the same file. Each moment
/// is checked against the shape of its parameter, so another order is refused. arena     of the layout that the file has (usually
/// `scratch`) returns   updates that the optimiser had made: AdamW's own count throws    Error{bad_input} naming the file and what is
/// missing or does not fit: no EMA, no state, a parameter without moments, several
///           parameter groups, another rule than AdamW in the plan
int64_t load_source_run_checkpoint(ParameterArena& arena, Optimizer& optimizer, const std::filesystem::path& path);

}  // namespace darkroom
