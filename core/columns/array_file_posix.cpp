// SPDX-License-Identifier: Apache-2.0
// pwrite and not a writable map: a full disk is then an error with a sentence, where a store into a map would end the process.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/format.h"
#include "core/columns/array_file.h"

namespace darkroom {

ArrayFile::ArrayFile(std::filesystem::path path, uint64_t bytes) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd_ < 0) {
    fail(ErrorCode::io, "{}: cannot be written: {}", path_.string(), describe_errno(errno));
  }
  if (::ftruncate(fd_, static_cast<off_t>(bytes)) != 0) {
    const int error = errno;
    ::close(fd_);
    fail(ErrorCode::io, "{}: cannot be made {} bytes long: {}", path_.string(), bytes, describe_errno(error));
  }
  // Room that is there already makes writes a third faster. Not every file system can; posix_fallocate() would then write zeros itself.
  if (bytes > 0 && ::fallocate(fd_, 0, 0, static_cast<off_t>(bytes)) != 0 && errno == ENOSPC) {
    ::close(fd_);
    fail(ErrorCode::io, "{}: cannot be made {} bytes long: {}", path_.string(), bytes, describe_errno(ENOSPC));
  }
}

ArrayFile::~ArrayFile() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

void ArrayFile::write(uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      fail(ErrorCode::io, "{}: cannot be written: {}", path_.string(), describe_errno(errno));
    }
    offset += static_cast<uint64_t>(written);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

void ArrayFile::sync() {
  if (::fdatasync(fd_) != 0) {
    fail(ErrorCode::io, "{}: cannot be synced: {}", path_.string(), describe_errno(errno));
  }
}

void sync_file(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const int synced = fd < 0 ? -1 : ::fdatasync(fd);
  const int error = errno;
  if (fd >= 0) {
    ::close(fd);
  }
  if (synced != 0) {
    fail(ErrorCode::io, "{}: cannot be synced: {}", path.string(), describe_errno(error));
  }
}

}  // namespace darkroom
