// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace darkroom {

/// Whether a path matches a pattern: the path itself, a folder ("unet/": everything below), or a glob.
///
/// `*` is any run of characters, also across folders, as the hub's own tools have it ("*.safetensors" finds "unet/model.safetensors");
/// `?` one character, `[abc]`, `[a-z]` and `[!a]` one of a set. Upper and lower case differ. A set without an end is read as text.
bool matches_pattern(std::string_view path, std::string_view pattern);

/// Indices of the paths that match any of the patterns, in order; all of them without patterns.
/// throws  Error{not_found} naming a pattern that matches nothing, with the nearest name when there is one
std::vector<size_t> select_paths(const std::vector<std::string>& paths, const std::vector<std::string>& patterns, std::string_view where);

}  // namespace darkroom
