// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "core/commands/command.h"
#include "core/run/run_directory.h"

namespace darkroom {

/// `run batch DIR --step N [--pictures OUT]`: what the batch of a step held: keys, captions, noise levels, and whether a caption was
/// dropped; with `pictures` also the pictures, as the model was given them: their latents decoded by the plan's VAE. On the CPU, so that a
/// run which trains keeps its devices.
///
/// A VAE that would take too long for so many pictures (that of SD 1.x) is replaced by a linear fit to it, one pixel a latent.
/// step      absent: the newest
/// throws    as PastBatch; Error{bad_input | not_found} where the plan's VAE cannot be read; Error{io}; Error{cancelled}
void show_batch(const RunDirectory& run, std::optional<int64_t> step, const std::optional<std::filesystem::path>& pictures,
                CommandContext& context);

}  // namespace darkroom
