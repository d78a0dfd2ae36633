// SPDX-License-Identifier: Apache-2.0
#include "core/base/format.h"

namespace darkroom {

std::string format_text(fmt::string_view text, fmt::format_args arguments) { return fmt::vformat(text, arguments); }

}  // namespace darkroom
