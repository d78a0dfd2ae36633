// SPDX-License-Identifier: Apache-2.0
// A line is one write() to a file opened with O_APPEND. The reader keeps the file open, so that the number of a replaced file cannot be
// given to the new one and a replacement always shows.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/base/format.h"
#include "core/metrics/json_lines.h"

namespace darkroom {
namespace {

constexpr size_t read_chunk = size_t{64} << 10;

[[noreturn]] void fail_io(const std::filesystem::path& path, std::string_view action) {
  fail(ErrorCode::io, "{}: cannot {}: {}", path.string(), action, describe_errno(errno));
}

void write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      fail_io(path, "write");
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

}  // namespace

JsonLinesAppender::JsonLinesAppender(std::filesystem::path path) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd_ < 0) {
    fail_io(path_, "open");
  }
  struct stat status {};
  char last = '\n';
  if (::fstat(fd_, &status) == 0 && status.st_size > 0 && ::pread(fd_, &last, 1, status.st_size - 1) == 1 && last != '\n') {
    write_all(fd_, "\n", path_);
  }
}

JsonLinesAppender::~JsonLinesAppender() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

void JsonLinesAppender::append(std::string_view line) {
  std::string text = torn_ ? "\n" : "";
  text.reserve(line.size() + 2);
  text.append(line).push_back('\n');
  torn_ = true;  // unless the write comes to its end
  write_all(fd_, text, path_);
  torn_ = false;
}

void JsonLinesAppender::sync() {
  if (::fsync(fd_) != 0) {
    fail_io(path_, "sync");
  }
}

JsonLinesTail::JsonLinesTail(std::filesystem::path path, uint64_t newest_bytes) : path_(std::move(path)), newest_bytes_(newest_bytes) {}

JsonLinesTail::~JsonLinesTail() { close(); }

JsonLinesTail::JsonLinesTail(JsonLinesTail&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      inode_(other.inode_),
      offset_(other.offset_),
      newest_bytes_(other.newest_bytes_),
      inside_line_(other.inside_line_),
      seen_(other.seen_) {}

JsonLinesTail& JsonLinesTail::operator=(JsonLinesTail&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(inode_, other.inode_);
  std::swap(offset_, other.offset_);
  std::swap(newest_bytes_, other.newest_bytes_);
  std::swap(inside_line_, other.inside_line_);
  std::swap(seen_, other.seen_);
  return *this;
}

void JsonLinesTail::close() {
  if (fd_ >= 0) {
    ::close(fd_);
    fd_ = -1;
  }
  offset_ = 0;
  inside_line_ = false;
}

void JsonLinesTail::rewind() {
  close();
  seen_ = false;
}

JsonLinesTail::Lines JsonLinesTail::poll(size_t max_bytes) {
  Lines result;
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) {
    if (errno == ENOENT) {
      return result;
    }
    fail_io(path_, "look at");
  }
  if (fd_ >= 0 && (status.st_ino != inode_ || static_cast<uint64_t>(status.st_size) < offset_)) {
    close();
    result.restarted = seen_;
  }
  if (fd_ < 0) {
    fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) {
      if (errno == ENOENT) {
        return result;
      }
      fail_io(path_, "read");
    }
    // Of the file that was opened, which may be newer than the one that was looked at.
    if (::fstat(fd_, &status) != 0) {
      fail_io(path_, "look at");
    }
    inode_ = status.st_ino;
    if (const auto size = static_cast<uint64_t>(status.st_size); newest_bytes_ > 0 && size > newest_bytes_) {
      offset_ = size - newest_bytes_ - 1;  // the byte before tells whether a line begins there
      inside_line_ = true;
    }
  }

  std::string buffer;
  size_t end_of_lines = 0;  // one past the last line break
  while (end_of_lines < max_bytes) {
    const size_t old_size = buffer.size();
    buffer.resize(old_size + read_chunk);
    const ssize_t count = ::pread(fd_, buffer.data() + old_size, read_chunk, static_cast<off_t>(offset_ + old_size));
    if (count < 0) {
      buffer.resize(old_size);
      if (errno == EINTR) {
        continue;
      }
      fail_io(path_, "read");
    }
    buffer.resize(old_size + static_cast<size_t>(count));
    if (count == 0) {
      break;
    }
    const size_t line_break = buffer.rfind('\n');
    end_of_lines = line_break == std::string::npos ? 0 : line_break + 1;
    result.more = end_of_lines >= max_bytes;
  }
  size_t first = 0;
  if (inside_line_ && end_of_lines > 0) {
    first = buffer.find('\n') + 1;
    inside_line_ = false;
  }
  for (size_t start = first; start < end_of_lines;) {
    const size_t line_break = buffer.find('\n', start);
    if (line_break > start) {
      result.lines.emplace_back(buffer, start, line_break - start);
    }
    start = line_break + 1;
  }
  offset_ += end_of_lines;
  seen_ = seen_ || end_of_lines > 0;
  return result;
}

}  // namespace darkroom
