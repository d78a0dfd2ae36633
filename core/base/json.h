// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

namespace darkroom {

/// Keeps the order in which keys were written, so that files read like the documentation.
using Json = nlohmann::ordered_json;

/// Reads and parses a JSON file.
/// throws  Error{not_found | io} when it cannot be read, Error{bad_input} naming the file, line and column of a syntax error
Json read_json_file(const std::filesystem::path& path);

/// Parses text; `where` names the source in the error.
/// throws  Error{bad_input} "<where>: line L, column C: …"
Json parse_json(std::string_view text, std::string_view where);

}  // namespace darkroom
