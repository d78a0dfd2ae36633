// SPDX-License-Identifier: Apache-2.0
#include "core/base/resources.h"

#include <cstdlib>
#include <vector>

#include "core/base/format.h"

namespace darkroom {
namespace fs = std::filesystem;

fs::path executable_path() { return fs::read_symlink("/proc/self/exe"); }

fs::path resource_path(std::string_view relative) {
  std::vector<fs::path> roots;
  if (const char* chosen = std::getenv("DARKROOM_RESOURCES")) {
    roots.emplace_back(chosen);
  }
  const fs::path folder = executable_path().parent_path();
  roots.push_back(folder / ".." / "share" / "darkroom");
  roots.push_back(folder / ".." / ".." / "resources");
  std::string tried;
  for (const fs::path& root : roots) {
    const fs::path candidate = root / relative;
    if (fs::exists(candidate)) {
      return fs::weakly_canonical(candidate);
    }
    tried += (tried.empty() ? "" : ", ") + candidate.lexically_normal().string();
  }
  fail(ErrorCode::not_found, "The resource {} is not installed; looked for {}. Set DARKROOM_RESOURCES to the folder that holds it.",
       relative, tried);
}

}  // namespace darkroom
