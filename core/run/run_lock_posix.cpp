// SPDX-License-Identifier: Apache-2.0
// flock() belongs to the open file and ends with the process; the text inside only says who it is. O_CLOEXEC keeps it from rank processes.
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/host_name.h"
#include "core/base/json.h"
#include "core/base/wall_clock.h"
#include "core/run/run_lock.h"

namespace darkroom {
namespace {

int lock_without_waiting(int fd, int operation) {
  int result = 0;
  do {
    result = ::flock(fd, operation | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result;
}

LockHolder read_holder(const std::filesystem::path& lock_file) {
  LockHolder holder;
  try {
    const Json json = read_json_file(lock_file);
    holder.pid = json.value("pid", int64_t{0});
    holder.host = json.value("host", std::string());
    holder.since = json.value("since", 0.0);
  } catch (const std::exception&) {
    // The holder is just writing it; that it holds the lock is what counts.
  }
  return holder;
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& lock_file) {
  fd_ = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) {
    fail(ErrorCode::io, "{}: cannot open: {}", lock_file.string(), describe_errno(errno));
  }
  if (lock_without_waiting(fd_, LOCK_EX) != 0) {
    const int reason = errno;
    ::close(fd_);
    fd_ = -1;
    if (reason != EWOULDBLOCK) {
      fail(ErrorCode::io, "{}: cannot lock: {}", lock_file.string(), describe_errno(reason));
    }
    const LockHolder holder = read_holder(lock_file);
    fail(ErrorCode::busy, "The run {} is already being trained by process {} on {}.", lock_file.parent_path().string(), holder.pid,
         holder.host.empty() ? "this machine" : holder.host);
  }
  const std::string text =
      Json{{"pid", static_cast<int64_t>(::getpid())}, {"host", host_name("this machine")}, {"since", wall_seconds()}}.dump() + "\n";
  if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    const int reason = errno;
    ::close(fd_);
    fd_ = -1;
    fail(ErrorCode::io, "{}: cannot write: {}", lock_file.string(), describe_errno(reason));
  }
}

RunLock::~RunLock() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

RunLock::RunLock(RunLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

std::optional<LockHolder> lock_holder(const std::filesystem::path& lock_file) {
  const int fd = ::open(lock_file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return std::nullopt;
  }
  // A shared lock: two who only look do not take each other for the holder.
  const int result = lock_without_waiting(fd, LOCK_SH);
  const int reason = errno;
  ::close(fd);
  if (result == 0 || reason != EWOULDBLOCK) {
    return std::nullopt;
  }
  return read_holder(lock_file);
}

}  // namespace darkroom
