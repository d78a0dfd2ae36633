// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace darkroom {

/// All of `text` as a decimal number: an optional sign, digits with an optional point (1, 1., .5), an optional exponent. Any locale.
/// Infinity where it is too large for a double, 0 where it is too small; nothing for other text.
std::optional<double> read_decimal(std::string_view text);

}  // namespace darkroom
