// SPDX-License-Identifier: Apache-2.0
// Checkpoints of a run: everything that is needed to go on as if nothing had happened, in one folder that appears complete or not at all.
//
// step_0001500/
//   meta.json                    what the run knew (step, epoch, phase, cursor, losses, seeds) and a hash of every file; written last
//   unet/                        config.json + diffusion_pytorch_model.safetensors, fp32: the weights as the optimiser left them
//   unet_ema/                    the same, moving average; unet_ema_2/ and unet_ema_3/ where the run keeps more of them
//   training_state.safetensors   the optimiser's tensors as <part>.<name>: exp_avg.<name> and exp_avg_sq.<name>, fp32, for AdamW
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/checkpoint/safetensors.h"
#include "core/tensor/parameter_layout.h"

namespace darkroom {

/// What is written. Tensors in slot order, any memory format, on any device.
struct CheckpointContent {
  const ParameterLayout* layout = nullptr;
  Json unet_config;
  Weights master;
  Weights ema;
  std::vector<Weights> more_emas;  ///< of unet_ema_2 …; usually none
  std::vector<NamedTensor> state;  ///< "<part>.<name>", any dtype; append_state() adds a part
  Json facts;                      ///< members of meta.json that the trainer owns: step, epoch, phase, cursor, losses, seeds, reason …
};

/// Adds one tensor a slot as "<part>.<slot's name>".
void append_state(std::vector<NamedTensor>& state, const std::string& part, const ParameterLayout& layout, const Weights& tensors);

/// Writes `<folder>.partial`, syncs every file, renames it to `folder` and syncs the parent: after the return a power cut cannot take it
/// back.
///
/// returns  meta.json as written
/// throws   Error{io}: no room (checked before the first byte), or any write or sync that failed; then at most the .partial folder is left
Json write_checkpoint(const std::filesystem::path& folder, const CheckpointContent& content);

/// A checkpoint that was read back and checked.
struct CheckpointState {
  std::filesystem::path folder;
  Json meta;
  Weights master;
  Weights ema;
  std::vector<Weights> more_emas;
  std::map<std::string, torch::Tensor> state;  ///< all tensors of training_state.safetensors

  /// One part of the state, in slot order, float32 in the slots' shapes.
  /// throws  Error{bad_input} naming the file and the tensor that is missing or does not fit
  Weights part(const std::string& name, const ParameterLayout& layout) const;
  /// throws  Error{bad_input} naming a tensor whose part is none of `parts`: another optimiser's
  void require_only(const std::vector<std::string>& parts) const;
};

/// throws  Error{not_found} when there is no meta.json (incomplete), Error{bad_input} when it cannot be understood
Json read_checkpoint_meta(const std::filesystem::path& folder);

/// Compares size and XXH3-128 of every file with meta.json.
/// throws  Error{bad_input} naming the file that is missing, cut or changed
void verify_checkpoint(const std::filesystem::path& folder);

/// verify_checkpoint, then all tensors by name (CPU).
/// throws  as verify_checkpoint, and Error{bad_input} naming the parameters that do not fit `layout`
CheckpointState read_checkpoint(const std::filesystem::path& folder, const ParameterLayout& layout);

/// The folder of the index-th average, from 0: "unet_ema", "unet_ema_2", ….
std::string ema_folder(size_t index);
/// How many averages a checkpoint holds; at least 1.
size_t ema_count(const Json& meta);
/// The files that a checkpoint with `emas` averages consists of besides meta.json, relative to its folder.
std::vector<std::string> checkpoint_files(size_t emas = 1);

}  // namespace darkroom
