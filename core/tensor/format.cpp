// SPDX-License-Identifier: Apache-2.0
// core/base/format.cpp once more, for sources that see the fmt of LibTorch: another version, in a namespace of its own.
#include "core/base/format.h"

namespace darkroom {

std::string format_text(fmt::string_view text, fmt::format_args arguments) { return fmt::vformat(text, arguments); }

}  // namespace darkroom
