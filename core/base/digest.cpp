// SPDX-License-Identifier: Apache-2.0
#include "core/base/digest.h"

#include <cerrno>
#include <fstream>
#include <vector>

#include "core/base/format.h"

namespace darkroom {

std::string digest_of(DigestKind kind, std::string_view bytes) {
  Digest digest(kind);
  digest.update(bytes);
  return digest.finish();
}

void add_file(Digest& digest, const std::filesystem::path& path, const PieceSeen& seen) {
  constexpr size_t piece = size_t{1} << 20;
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, "{}: cannot read: {}", path.string(), describe_errno(errno));
  }
  std::vector<char> buffer(piece);
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    const auto count = static_cast<size_t>(file.gcount());
    digest.update(std::string_view(buffer.data(), count));
    if (seen && count > 0) {
      seen(count);
    }
  }
  if (file.bad() || !file.eof()) {
    fail(ErrorCode::io, "{}: cannot read: {}", path.string(), describe_errno(errno));
  }
}

std::string digest_of_file(DigestKind kind, const std::filesystem::path& path, const PieceSeen& seen) {
  Digest digest(kind);
  add_file(digest, path, seen);
  return digest.finish();
}

}  // namespace darkroom
