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
namespace {

// Reads until `block` is full or the file ends.
size_t read_fully(int fd, const std::filesystem::path& path, uint64_t offset, std::span<char> block) {
  size_t done = 0;
  while (done < block.size()) {
    const ssize_t count = ::pread(fd, block.data() + done, block.size() - done, static_cast<off_t>(offset + done));
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      fail(ErrorCode::io, "{}: cannot read: {}", path.string(), describe_errno(errno));
    }
    if (count == 0) {
      break;
    }
    done += static_cast<size_t>(count);
  }
  return done;
}

}  // namespace

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

TarSource::TarSource(std::filesystem::path path, const TarLimits& limits) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) {
    fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, "{}: cannot read: {}", path_.string(), describe_errno(errno));
  }
  try {
    struct stat status {};
    if (::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) {
      fail(ErrorCode::bad_input, "{}: not a file", path_.string());
    }
    TarIndex index = index_tar(
        static_cast<uint64_t>(status.st_size),
        [this](uint64_t offset, std::span<char> block) { return read_fully(fd_, path_, offset, block); }, limits);
    if (!index.any_header) {
      fail(ErrorCode::bad_input, "{}: not a tar archive", path_.string());
    }
    rejects_ = std::move(index.rejects);
    samples_ = group_samples(index.members, rejects_);
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

TarSource::~TarSource() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

TarSource::TarSource(TarSource&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      samples_(std::move(other.samples_)),
      rejects_(std::move(other.rejects_)) {}

std::string TarSource::read(const TarField& field) const {
  std::string bytes(field.size, '\0');
  if (read_fully(fd_, path_, field.offset, bytes) < field.size) {
    fail(ErrorCode::io, "{}: the file became shorter while it was read", path_.string());
  }
  return bytes;
}

}  // namespace darkroom
