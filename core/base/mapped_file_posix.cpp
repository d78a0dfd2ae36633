// SPDX-License-Identifier: Apache-2.0
// Private and writable: an in-place operation on a tensor over the map copies the page instead of ending the process.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/base/format.h"
#include "core/base/mapped_file.h"

namespace darkroom {

MappedFile::MappedFile(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, "{}: cannot be opened: {}", path.string(), describe_errno(errno));
  }
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd);
    fail(ErrorCode::io, "{}: is not a regular file", path.string());
  }
  size_ = static_cast<size_t>(status.st_size);
  void* memory = size_ == 0 ? nullptr : ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
  const int error = errno;
  ::close(fd);
  if (memory == MAP_FAILED) {
    fail(ErrorCode::io, "{}: cannot be mapped into memory: {}", path.string(), describe_errno(error));
  }
  begin_ = static_cast<std::byte*>(memory);
}

MappedFile::~MappedFile() {
  if (begin_ != nullptr) {
    ::munmap(begin_, size_);
  }
}

MappedFile::MappedFile(MappedFile&& other) noexcept : begin_(std::exchange(other.begin_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(begin_, other.begin_);
  std::swap(size_, other.size_);
  return *this;
}

}  // namespace darkroom
