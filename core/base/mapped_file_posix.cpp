// SPDX-License-Identifier: Apache-2.0
// Private and writable: an in-place operation on a tensor over the map copies the page instead of ending the process.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <mutex>
#include <utility>

#include "core/base/format.h"
#include "core/base/mapped_file.h"

namespace darkroom {
namespace {

// The maps that are alive.
class LiveMaps {
 public:
  static LiveMaps& all() {
    static auto* maps = new LiveMaps;  // never destroyed: a map may outlive everything else
    return *maps;
  }
  void add(const std::byte* begin, size_t size) {
    const std::lock_guard lock(mutex_);
    sizes_[begin] = size;
  }
  void remove(const std::byte* begin) {
    const std::lock_guard lock(mutex_);
    sizes_.erase(begin);
  }
  void let_go(std::span<const std::byte> part) {
    const std::lock_guard lock(mutex_);
    const auto after = sizes_.upper_bound(part.data());
    if (after == sizes_.begin()) {
      return;
    }
    const auto& [begin, size] = *std::prev(after);
    if (part.data() + part.size() > begin + size) {
      return;
    }
    const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    const auto offset = static_cast<size_t>(part.data() - begin);  // maps begin on a page
    const size_t first = (offset + page - 1) / page * page;
    const size_t end = (offset + part.size()) / page * page;
    if (first < end) {
      ::madvise(const_cast<std::byte*>(begin) + first, end - first, MADV_DONTNEED);
    }
  }

 private:
  std::mutex mutex_;
  std::map<const std::byte*, size_t> sizes_;
};

}  // namespace

void MappedFile::let_go(std::span<const std::byte> part) {
  if (!part.empty()) {
    LiveMaps::all().let_go(part);
  }
}

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
  if (begin_ != nullptr) {
    LiveMaps::all().add(begin_, size_);
  }
}

MappedFile::~MappedFile() {
  if (begin_ != nullptr) {
    LiveMaps::all().remove(begin_);
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
