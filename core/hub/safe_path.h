// SPDX-License-Identifier: Apache-2.0
// Names that a server gives, before they become files here.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace darkroom {

/// Why a path of a listing must not become a file below a folder here; nothing when it may.
///
/// Refused: absolute paths; "." and ".." and empty parts, and parts that Windows takes for them (an end of dots or blanks); backslashes,
/// colons, control characters; bytes that are not UTF-8; parts over 240 bytes, paths over 1,000.
std::optional<std::string> unsafe_reason(std::string_view path);

/// Two paths that are one file in a folder that does not tell upper case from lower (by ASCII letters); nothing when there are none.
std::optional<std::pair<std::string, std::string>> case_collision(const std::vector<std::string>& paths);

/// Whether `folder`, which exists, tells upper case from lower: tried with a file that is removed again.
bool tells_case(const std::filesystem::path& folder);

}  // namespace darkroom
