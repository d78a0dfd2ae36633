// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "core/plan/generate_options.h"

namespace darkroom::app {

/// How a picture (PNG, JPEG or WebP, of ours or another program) says that it was made, over the defaults.
/// throws  Error{bad_input} when it says nothing; Error{not_found | io}
GenerateOptions settingsOfPng(const std::filesystem::path& file);

}  // namespace darkroom::app
