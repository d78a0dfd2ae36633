// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/image/image_metadata.h"
#include "core/sample/sampling_model.h"

namespace darkroom {

/// The hashes that AUTOMATIC1111 would show for the files of a picture: its model, a VAE that lies in another file, each LoRA that was put
/// on, each embedding that the prompts name. Reads every file that the user's cache does not know: call it when the picture is made.
///
/// embeddings  places in model.prompts().embeddings()
/// A LoRA's is the SHA-256 behind the header of its safetensors file (of any other file the whole's), 12 digits; an embedding's that of
/// the whole file, 12 digits. A model that was not loaded from files has none.
/// throws  Error{not_found | io} when a file has gone meanwhile
void add_hashes(GenerationRecord& record, const SamplingModel& model, const std::set<int>& embeddings);

}  // namespace darkroom
