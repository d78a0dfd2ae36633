// SPDX-License-Identifier: Apache-2.0
// Checkpoints of a run: everything that is needed to go on as if nothing had happened, in one folder that appears complete or not at all.
//
// step_0001500/
//   meta.json                    what the run knew (step, epoch, phase, cursor, losses, seeds) and a hash of every file; written last
//   unet/                        config.json + diffusion_pytorch_model.safetensors, fp32: the weights as the optimiser left them
//   unet_ema/                    the same, moving average
//   training_state.safetensors   exp_avg.<name> and exp_avg_sq.<name>, fp32
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/tensor/parameter_layout.h"

namespace darkroom {

/// What is written. Tensors in slot order, any memory format, on any device.
struct CheckpointContent {
  const ParameterLayout* layout = nullptr;
  Json unet_config;
  Weights master;
  Weights ema;
  Weights exp_avg;
  Weights exp_avg_sq;
  Json facts;  ///< members of meta.json that the trainer owns: step, epoch, phase, cursor, losses, seeds, reason …
};

/// Writes `<folder>.partial`, syncs every file, renames it to `folder` and syncs the parent: after the return a power cut cannot take it
/// back.
///
/// returns  meta.json as written
/// throws   Error{io}: no room (checked before the first byte), or any write or sync that failed; then only the .partial folder is left
Json write_checkpoint(const std::filesystem::path& folder, const CheckpointContent& content);

/// A checkpoint that was read back and checked.
struct CheckpointState {
  Json meta;
  Weights master;
  Weights ema;
  Weights exp_avg;
  Weights exp_avg_sq;
};

/// throws  Error{not_found} when there is no meta.json (incomplete), Error{bad_input} when it cannot be understood
Json read_checkpoint_meta(const std::filesystem::path& folder);

/// Compares size and XXH3-128 of every file with meta.json.
/// throws  Error{bad_input} naming the file that is missing, cut or changed
void verify_checkpoint(const std::filesystem::path& folder);

/// verify_checkpoint, then all tensors by name (CPU, fp32).
/// throws  as verify_checkpoint, and Error{bad_input} naming the parameters that do not fit `layout`
CheckpointState read_checkpoint(const std::filesystem::path& folder, const ParameterLayout& layout);

/// One XXH3-128 (32 hex digits) over parameters, EMA, both moments (names, shapes and bytes, from the files) and the cursor.
/// Equal for two runs exactly when they will go on alike.
std::string checkpoint_state_hash(const std::filesystem::path& folder);

/// Removes old checkpoints below `checkpoints`: of those that were not made at the end of an epoch all but the newest `keep_last`; of the
/// others none with `keep_epochs`, else they count with the rest. The newest two always stay. Each goes by a rename to .trash first.
///
/// returns  the folders that were removed, oldest first
/// throws   Error{io}
std::vector<std::filesystem::path> prune_checkpoints(const std::filesystem::path& checkpoints, int64_t keep_last, bool keep_epochs);

}  // namespace darkroom
