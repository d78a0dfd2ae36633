// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/model/model_folder.h"
#include "core/plan/generate_options.h"

namespace darkroom {

/// The LoRAs of a request in the order in which they are merged: options.loras, then those that its prompt names (<lora:name:scale>,
/// weighted syntax), found as `name` or `name.safetensors` in options.lora_folder, else in the folder `lora` of the model's folder. throws
/// Error{not_found} naming the tag and the places that were looked at; Error{bad_input} for a tag with a wrong argument, or of a kind
///         that Darkroom does not have
std::vector<LoraUse> worn_loras(const GenerateOptions& options, const ModelPaths& paths);

}  // namespace darkroom
