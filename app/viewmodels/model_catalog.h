// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QStringList>
#include <filesystem>

#include "app/viewmodels/generate_items.h"
#include "core/store/workspace.h"

namespace darkroom::app {

/// Everything in a workspace that can generate: the built-in model, the folders of models/, the newest checkpoints of each run. Reads
/// folder listings and the small JSON files beside the weights, never weights. Any thread; takes as long as the disk does.
QList<ModelItem> findModels(const Workspace& workspace);

/// LoRA files of a workspace, by path: those of models/lora, and those among the models that are LoRAs by their header. As findModels.
QStringList findLoras(const Workspace& workspace);

/// A safetensors file whose header names layers of a LoRA. Reads its first bytes only.
bool isLoraFile(const std::filesystem::path& file);

/// Side of the pictures that a model folder or checkpoint was made for, px: latent size times the VAE's scale. `vae` empty: the folder's
/// own. 512 where the folder does not say.
int pictureSizeOf(const std::filesystem::path& folder, const std::filesystem::path& vae = {});

}  // namespace darkroom::app
