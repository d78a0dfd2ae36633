// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "core/base/json.h"
#include "core/plan/generate_options.h"

namespace darkroom {

/// Declares every option of the parameter table's "generate" group; what is given lands in the returned object under its JSON name.
/// Values are checked against the table while the command line is read, so that a mistake is named with its option and the allowed values.
std::shared_ptr<Json> add_generate_options(CLI::App& command);

/// Sets one value under its JSON name, read and checked as on the command line.
/// throws  CLI::ValidationError naming the option and what is allowed
void set_generate_option(Json& given, const ParameterSpec& spec, const std::string& text);

/// The options with all defaults filled in.
/// throws  Error{usage} listing every problem
GenerateOptions options_from_cli(const Json& given);

}  // namespace darkroom
