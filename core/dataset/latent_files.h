// SPDX-License-Identifier: Apache-2.0
// The source run's latents: a folder with one .npy file a picture, fp16 [C,H,W], C order, already scaled.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"
#include "core/dataset/latent_store.h"

namespace darkroom {

/// "a.tar::b/c" -> "a.tar__b_c.npy": "/" becomes "_" and "::" becomes "__".
std::string latent_file_name(std::string_view image_key);

/// Reads one file.
/// throws  Error{bad_input} naming the file: another type or shape than fp16 [C,H,W], values that are not finite; Error{not_found | io}
std::vector<uint16_t> read_latent_file(const std::filesystem::path& file, const LatentRecipe& recipe);

/// Writes every latent of `store` as a file of `folder`; a file that holds the same already is left alone, so a run that was killed goes on
/// where it was.
/// returns  files written
/// throws   Error{bad_input}: two keys of one file name; Error{io}; Error{cancelled}
uint64_t write_latent_files(const LatentStore& store, const std::filesystem::path& folder, const ProgressSink& sink,
                            const CancelToken& cancel);

}  // namespace darkroom
