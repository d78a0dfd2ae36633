// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace darkroom {

/// Absolute path of the running program's file.
std::filesystem::path executable_path();

/// A shipped file or folder by its path below resources/: "pocket", "tokenizer/merges.txt".
///
/// Looked for in $DARKROOM_RESOURCES, then ../share/darkroom beside the program (a package), then ../../resources (a build tree).
/// throws  Error{not_found} naming the places that were tried
std::filesystem::path resource_path(std::string_view relative);

}  // namespace darkroom
