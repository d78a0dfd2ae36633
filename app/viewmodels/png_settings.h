// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "core/plan/generate_options.h"

namespace darkroom::app {

/// How a PNG says that it was made: by Darkroom's own JSON, else by A1111's `parameters` text as far as our options know its words.
/// throws  Error{bad_input} when it says nothing; Error{not_found | io}
GenerateOptions settingsOfPng(const std::filesystem::path& file);

}  // namespace darkroom::app
