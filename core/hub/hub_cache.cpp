// SPDX-License-Identifier: Apache-2.0
#include "core/hub/hub_cache.h"

#include "core/hub/hub_access.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

fs::path cache_folder() {
  for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    if (const std::string path = environment_value(name); !path.empty()) {
      return path;
    }
  }
  const fs::path home = hub_home();
  return home.empty() ? fs::path() : home / "hub";
}

}  // namespace

std::optional<fs::path> find_cached_blob(const HubRepository& repository, const PublishedHash& hash, uint64_t size) {
  const fs::path cache = cache_folder();
  if (cache.empty()) {
    return std::nullopt;
  }
  std::string folder = repository.kind == RepositoryKind::model ? "models" : "datasets";
  folder += "--";
  for (const char c : repository.id) {
    folder += c == '/' ? std::string("--") : std::string(1, c);
  }
  fs::path blob = cache / folder / "blobs" / hash.hex;
  std::error_code missing;
  return fs::is_regular_file(blob, missing) && fs::file_size(blob, missing) == size ? std::optional(blob) : std::nullopt;
}

}  // namespace darkroom
