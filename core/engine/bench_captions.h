// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace darkroom {

/// Captions as people write them under pictures: 6 to 22 English words, some with capitals, digits, commas, apostrophes and hyphens.
/// Caption i is the same in every call and on every machine.
std::vector<std::string> composed_captions(size_t count);

/// The lines of a text file that are not empty.
/// throws  Error{not_found | io} when it cannot be read, Error{bad_input} when it holds none
std::vector<std::string> captions_from_file(const std::filesystem::path& path);

}  // namespace darkroom
