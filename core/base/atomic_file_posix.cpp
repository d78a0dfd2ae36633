// SPDX-License-Identifier: Apache-2.0
// POSIX implementation. rename() alone is not durable: the file is synced before it and the directory after it.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/atomic_file.h"
#include "core/base/format.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr size_t largest_write = size_t{16} << 20;  // one write() call; keeps cancels and signals responsive

[[noreturn]] void fail_io(const fs::path& path, std::string_view action) {
  const int reason = errno;
  fail(reason == ENOENT ? ErrorCode::not_found : ErrorCode::io, "{}: cannot {}: {}", path.string(), action, describe_errno(reason));
}

}  // namespace

DurableFile::DurableFile(fs::path path) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0) {
    fail_io(path_, "create");
  }
}

DurableFile::~DurableFile() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

void DurableFile::reserve(uint64_t bytes) {
  if (bytes == 0) {
    return;
  }
  const int result = ::posix_fallocate(fd_, 0, static_cast<off_t>(bytes));
  if (result != 0 && result != EOPNOTSUPP && result != EINVAL) {
    errno = result;
    fail_io(path_, "reserve disk space");
  }
}

void DurableFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_, bytes.data(), std::min(bytes.size(), largest_write));
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      fail_io(path_, "write");
    }
    written_ += static_cast<uint64_t>(count);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void DurableFile::sync_and_close() {
  // A reserved tail that was not written would read as zeros.
  if (::ftruncate(fd_, static_cast<off_t>(written_)) != 0) {
    fail_io(path_, "set the length of");
  }
  if (::fsync(fd_) != 0) {
    fail_io(path_, "sync");
  }
  const int fd = fd_;
  fd_ = -1;
  if (::close(fd) != 0) {
    fail_io(path_, "close");
  }
}

void sync_directory(const fs::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    fail_io(directory, "open the folder");
  }
  const int result = ::fsync(fd);
  const int reason = errno;
  ::close(fd);
  if (result != 0) {
    errno = reason;
    fail_io(directory, "sync the folder");
  }
}

void rename_durably(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    fail_io(to, format("rename {} to it", from.filename().string()));
  }
  sync_directory(to.has_parent_path() ? to.parent_path() : fs::path("."));
}

void write_file_atomically(const fs::path& path, std::string_view bytes) {
  fs::path temporary = path;
  temporary += ".tmp";
  try {
    DurableFile file(temporary);
    file.write(bytes);
    file.sync_and_close();
    rename_durably(temporary, path);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

std::string read_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    fail_io(path, "read");
  }
  std::string text;
  struct stat status {};
  if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
    text.reserve(static_cast<size_t>(status.st_size));
  }
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      const int reason = errno;
      ::close(fd);
      errno = reason;
      fail_io(path, "read");
    }
    if (count == 0) {
      break;
    }
    text.append(buffer, static_cast<size_t>(count));
  }
  ::close(fd);
  return text;
}

uint64_t free_bytes(const fs::path& path) {
  fs::path existing = fs::absolute(path);
  while (!fs::exists(existing) && existing.has_parent_path() && existing != existing.parent_path()) {
    existing = existing.parent_path();
  }
  struct statvfs status {};
  if (::statvfs(existing.c_str(), &status) != 0) {
    fail_io(existing, "ask for free space");
  }
  return static_cast<uint64_t>(status.f_bavail) * status.f_frsize;
}

}  // namespace darkroom
