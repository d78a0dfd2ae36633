// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace darkroom {

/// A `parameters` text of AUTOMATIC1111's web UI taken apart.
struct A1111Parameters {
  std::string prompt;
  std::string negative;
  std::vector<std::pair<std::string, std::string>> settings;  ///< in the text's order, each key once; "Size" as it stands

  /// Nothing when there is no such key; a key is never there with an empty value.
  std::optional<std::string> setting(std::string_view key) const;
};

/// The web UI's own rule, to the letter.
///
/// White space (as Python's str.isspace has it) around the text and around each line falls away. The last line counts as settings when the
/// pattern  \s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)  matches at least three times in it (matches with an empty value count,
/// but give no setting), else it is prompt. A line that starts with "Negative prompt:" begins the negative prompt. A value between two
/// quotes is read as JSON, and stays as it is when it is none. A key that comes twice has its last value. text  bytes that are not UTF-8
/// are read as Latin-1; \w is a letter or number of Unicode, or "_"
A1111Parameters parse_a1111_parameters(std::string_view text);

}  // namespace darkroom
