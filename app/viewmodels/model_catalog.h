// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <filesystem>

#include "app/viewmodels/generate_items.h"
#include "core/store/workspace.h"

namespace darkroom::app {

/// Everything in a workspace that can generate: the built-in model, the folders of models/, the newest checkpoints of each run. Reads
/// folder listings and the small JSON files beside the weights, never weights. Any thread; takes as long as the disk does.
QList<ModelItem> findModels(const Workspace& workspace);

/// Side of the pictures that a model folder or checkpoint was made for, px: latent size times the VAE's scale. `vae` empty: the folder's
/// own. 512 where the folder does not say.
int pictureSizeOf(const std::filesystem::path& folder, const std::filesystem::path& vae = {});

}  // namespace darkroom::app
