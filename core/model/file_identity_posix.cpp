// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <cerrno>

#include "core/base/format.h"
#include "core/model/hash_cache.h"

namespace darkroom {

FileIdentity file_identity(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, "{}: cannot be looked at: {}", path.string(), describe_errno(errno));
  }
  constexpr int64_t ns_per_s = 1'000'000'000;
  return {static_cast<uint64_t>(status.st_dev), static_cast<uint64_t>(status.st_ino), static_cast<uint64_t>(status.st_size),
          status.st_mtim.tv_sec * ns_per_s + status.st_mtim.tv_nsec};
}

}  // namespace darkroom
