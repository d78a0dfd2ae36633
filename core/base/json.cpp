// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.h"

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/format.h"

namespace darkroom {

Json parse_json(std::string_view text, std::string_view where) {
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    const size_t at = std::min(error.byte > 0 ? error.byte - 1 : 0, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    const size_t line_start = text.rfind('\n', at == 0 ? 0 : at - 1);
    const size_t column = line_start == std::string_view::npos ? at + 1 : at - line_start;
    fail(ErrorCode::bad_input, "{}: line {}, column {}: not valid JSON ({})", where, line, column, error.what());
  }
}

Json read_json_file(const std::filesystem::path& path) { return parse_json(read_file(path), path.string()); }

}  // namespace darkroom
