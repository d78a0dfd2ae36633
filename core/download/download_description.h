// SPDX-License-Identifier: Apache-2.0
// download.json: what the pictures of a folder were made from, and how. A download does not go on in a folder of another one.
#pragma once

#include <filesystem>
#include <vector>

#include "core/base/json.h"
#include "core/download/download_options.h"

namespace darkroom {

inline constexpr const char* download_description_name = "download.json";

/// What the bytes of a picture depend on beside its URL and the libraries that decode it, and whether it may be taken.
Json describe_pictures(const DownloadOptions& options);
/// … and what the shards do: their sizes, columns and inputs. throws Error{not_found | io} for an input
Json describe_download(const std::vector<std::filesystem::path>& inputs, const DownloadOptions& options);

/// "with image_size 256, not 512": the first value of `asked` that `made` has otherwise; empty where all are the same. What is only in
/// `made` is not looked at.
std::string description_difference(const Json& made, const Json& asked);

/// Writes the description into a folder that has none. throws Error{bad_input} naming the difference where the folder is another download's
void claim_download_folder(const std::filesystem::path& out, const Json& description);

}  // namespace darkroom
