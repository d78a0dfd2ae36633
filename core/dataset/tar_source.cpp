// SPDX-License-Identifier: Apache-2.0
#include "core/dataset/tar_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "core/base/format.h"
#include "core/dataset/tar_index.h"

namespace darkroom {
std::optional<SampleName> split_sample_name(std::string_view name) {
  const size_t base = name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1;
  const size_t dot = name.find('.', base);
  if (dot == std::string_view::npos || dot == base) {
    return std::nullopt;
  }
  SampleName parts{.key = std::string(name.substr(0, dot)), .field = std::string(name.substr(dot + 1))};
  for (char& c : parts.field) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return parts;
}

const TarField* TarSample::find(std::string_view field) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const TarField& one) { return one.name == field; });
  return found == fields.end() ? nullptr : &*found;
}

const TarField* TarSample::image() const {
  for (const std::string_view name : {"jpg", "jpeg", "png", "webp"}) {
    if (const TarField* field = find(name)) {
      return field;
    }
  }
  return nullptr;
}

TarFile::TarFile(std::filesystem::path path) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) {
    fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, "{}: cannot read: {}", path_.string(), describe_errno(errno));
  }
  struct stat status {};
  if (::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd_);
    fail(ErrorCode::bad_input, "{}: not a file", path_.string());
  }
  size_ = static_cast<uint64_t>(status.st_size);
}

TarFile::~TarFile() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

TarFile::TarFile(TarFile&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}

size_t TarFile::read(uint64_t offset, std::span<char> block) const {
  size_t done = 0;
  while (done < block.size()) {
    const ssize_t count = ::pread(fd_, block.data() + done, block.size() - done, static_cast<off_t>(offset + done));
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      fail(ErrorCode::io, "{}: cannot read: {}", path_.string(), describe_errno(errno));
    }
    if (count == 0) {
      break;
    }
    done += static_cast<size_t>(count);
  }
  return done;
}

std::string TarFile::read(const TarField& field) const {
  std::string bytes(field.size, '\0');
  if (read(field.offset, bytes) < field.size) {
    fail(ErrorCode::io, "{}: the file became shorter while it was read", path_.string());
  }
  return bytes;
}

void TarFile::prefetch(uint64_t offset, uint64_t bytes) const {
  ::posix_fadvise(fd_, static_cast<off_t>(offset), static_cast<off_t>(bytes), POSIX_FADV_WILLNEED);
}

TarSource::TarSource(std::filesystem::path path, const TarLimits& limits) : file_(std::move(path)) {
  TarIndex index = index_tar(
      file_.size(), [this](uint64_t offset, std::span<char> block) { return file_.read(offset, block); }, limits);
  if (!index.any_header) {
    fail(ErrorCode::bad_input, "{}: not a tar archive", file_.path().string());
  }
  rejects_ = std::move(index.rejects);
  samples_ = group_samples(index.members, rejects_);
}

}  // namespace darkroom
