// SPDX-License-Identifier: Apache-2.0
#include "core/source/picture_source.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "core/base/format.h"

namespace darkroom {

uint64_t chosen_number(uint64_t seed, const std::string& key) { return XXH3_64bits_withSeed(key.data(), key.size(), seed); }

std::string source_file_identity(const std::filesystem::path& file) {
  return format("{} {} {}", file.filename().string(), std::filesystem::file_size(file),
                std::filesystem::last_write_time(file).time_since_epoch().count());
}

bool is_picture_name(const std::filesystem::path& path) {
  static constexpr std::array endings{std::string_view(".jpg"), std::string_view(".jpeg"), std::string_view(".png"),
                                      std::string_view(".webp")};
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

}  // namespace darkroom
