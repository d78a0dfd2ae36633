// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/base/atomic_file.h"

namespace darkroom::test {

/// The bytes of every file below a folder by its path there: two folders of one map are the same to the byte.
inline std::map<std::string, std::string> files_of(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const std::filesystem::directory_entry& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files.emplace(std::filesystem::relative(entry.path(), folder).string(), read_file(entry.path()));
    }
  }
  return files;
}

}  // namespace darkroom::test
