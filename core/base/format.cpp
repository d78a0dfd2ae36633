// SPDX-License-Identifier: Apache-2.0
#include "core/base/format.h"

namespace darkroom {

std::string format_text(fmt::string_view text, fmt::format_args arguments) { return fmt::vformat(text, arguments); }

std::string bytes_text(uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes < 1000) {
    return format("{} bytes", bytes);
  }
  if (bytes < 1'000'000) {
    return format("{:.1f} kB", value / 1e3);
  }
  return bytes < 1'000'000'000 ? format("{:.1f} MB", value / 1e6) : format("{:.2f} GB", value / 1e9);
}

}  // namespace darkroom
