// SPDX-License-Identifier: Apache-2.0
// The JSON files of Hugging Face's on-disk layout; no Arrow in here.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace darkroom {

constexpr const char* state_file_name = "state.json";
constexpr const char* dataset_info_name = "dataset_info.json";
constexpr const char* dataset_dict_name = "dataset_dict.json";

/// "data-00000-of-00002.arrow"
std::string arrow_file_name(size_t number, size_t count);

/// The .arrow files that state.json names, in order.
/// throws Error{not_found} when `folder` is no dataset, Error{bad_input} naming what is wrong in its state.json
std::vector<std::filesystem::path> arrow_files(const std::filesystem::path& folder);

/// state.json as load_from_disk wants it: every key that it reads. fingerprint: 16 hex digits
Json dataset_state(const std::vector<std::string>& files, const std::string& fingerprint);

/// dataset_info.json without "features": they follow from the Arrow schema, in old versions of `datasets` as in new ones (whose names for
/// list types differ).
Json dataset_info();

}  // namespace darkroom
