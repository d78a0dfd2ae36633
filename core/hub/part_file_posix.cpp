// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/json.h"
#include "core/hub/part_file.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t smallest_described = uint64_t{256} << 10;
constexpr uint64_t sync_every = uint64_t{256} << 20;  // keeps the last sync short
constexpr int description_version = 1;

[[noreturn]] void fail_io(const fs::path& path, std::string_view action) {
  const int reason = errno;
  fail(ErrorCode::io, "{}: cannot {}: {}", path.string(), action, describe_errno(reason));
}

fs::path with_suffix(fs::path path, const char* suffix) {
  path += suffix;
  return path;
}

// Nothing when it is missing or not ours: the part is then worth nothing, and no user wrote it.
std::optional<PartIdentity> read_description(const fs::path& path) {
  std::error_code unreadable;
  if (!fs::is_regular_file(path, unreadable)) {
    return std::nullopt;
  }
  const Json json = Json::parse(read_file(path), nullptr, false);
  if (!json.is_object() || json.value("darkroom_part", Json()) != Json(description_version) || !json.value("content", Json()).is_string() ||
      !json.value("size", Json()).is_number_unsigned() || !json.value("entity_tag", Json()).is_string()) {
    return std::nullopt;
  }
  return PartIdentity{json["content"].get<std::string>(), json["size"].get<uint64_t>(), json["entity_tag"].get<std::string>()};
}

}  // namespace

fs::path part_path(const fs::path& destination) { return with_suffix(destination, ".part"); }
fs::path part_description_path(const fs::path& destination) { return with_suffix(destination, ".part.json"); }

uint64_t resumable_bytes(const fs::path& destination, const std::string& content, uint64_t size) {
  const std::optional<PartIdentity> identity = read_description(part_description_path(destination));
  std::error_code missing;
  const uint64_t length = fs::file_size(part_path(destination), missing);
  return !missing && identity && identity->content == content && identity->size == size && length <= size ? length : 0;
}

PartFile::PartFile(const fs::path& destination)
    : destination_(destination), part_(part_path(destination)), description_(part_description_path(destination)) {
  fd_ = ::open(part_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd_ < 0) {
    fail_io(part_, "open");
  }
  try {
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) {
        fail(ErrorCode::busy, "{}: another process is downloading this file", part_.string());
      }
      fail_io(part_, "lock");
    }
    struct stat status {};
    if (::fstat(fd_, &status) != 0) {
      fail_io(part_, "look at");
    }
    struct stat named {};
    if (::lstat(part_.c_str(), &named) != 0 || named.st_ino != status.st_ino || named.st_dev != status.st_dev) {
      // Finished and renamed between open and lock: what is open here is somebody's whole file.
      fail(ErrorCode::busy, "{}: another process has just finished this file", part_.string());
    }
    length_ = static_cast<uint64_t>(status.st_size);
    identity_ = read_description(description_);
    if (!identity_ || length_ > identity_->size) {
      clear();
    }
    if (::lseek(fd_, 0, SEEK_END) < 0) {
      fail_io(part_, "find the end of");
    }
  } catch (...) {
    close();
    throw;
  }
}

PartFile::~PartFile() { close(); }

void PartFile::close() {
  if (fd_ >= 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

void PartFile::clear() {
  if (::ftruncate(fd_, 0) != 0 || ::lseek(fd_, 0, SEEK_SET) < 0) {
    fail_io(part_, "empty");
  }
  length_ = 0;
  identity_.reset();
}

void PartFile::start(const PartIdentity& identity) {
  clear();
  if (identity.size >= smallest_described) {
    const Json description{{"darkroom_part", description_version},
                           {"content", identity.content},
                           {"size", identity.size},
                           {"entity_tag", identity.entity_tag}};
    write_file_atomically(description_, description.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  } else {
    std::error_code none;
    fs::remove(description_, none);
  }
  identity_ = identity;
}

void PartFile::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      fail_io(part_, "write");
    }
    length_ += static_cast<uint64_t>(count);
    unsynced_ += static_cast<uint64_t>(count);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  if (unsynced_ >= sync_every) {
    if (::fdatasync(fd_) != 0) {
      fail_io(part_, "sync");
    }
    unsynced_ = 0;
  }
}

void PartFile::read_all(const std::function<void(std::span<const std::byte>)>& take) const {
  std::vector<std::byte> buffer(size_t{1} << 20);
  for (uint64_t at = 0; at < length_;) {
    const ssize_t count = ::pread(fd_, buffer.data(), std::min<uint64_t>(buffer.size(), length_ - at), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      fail_io(part_, "read");
    }
    take(std::span(buffer).first(static_cast<size_t>(count)));
    at += static_cast<uint64_t>(count);
  }
}

void PartFile::finish() {
  if (::fsync(fd_) != 0) {
    fail_io(part_, "sync");
  }
  rename_durably(part_, destination_);
  close();
  std::error_code none;
  fs::remove(description_, none);
}

void PartFile::discard() {
  std::error_code none;
  fs::remove(part_, none);
  fs::remove(description_, none);
  close();
}

}  // namespace darkroom
