// SPDX-License-Identifier: Apache-2.0
// Unix sockets. The folder is private (0700) and the socket 0600; the peer's user is checked besides, as file modes alone are a convention.
#include "core/protocol/local_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/base/format.h"
#include "core/base/log.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail_io(const fs::path& path, std::string_view action) {
  fail(ErrorCode::io, "{}: cannot {}: {}", path.string(), action, describe_errno(errno));
}

fs::path private_folder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  fs::path folder = runtime != nullptr && *runtime != '\0' ? fs::path(runtime) / "darkroom"
                                                           : fs::temp_directory_path() / format("darkroom-{}", ::geteuid());
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    fail_io(folder, "make the folder");
  }
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) {
    fail_io(folder, "look at the folder");
  }
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 077) != 0) {
    fail(ErrorCode::io, "{}: must be a folder of this user that nobody else may enter (mode 0700)", folder.string());
  }
  return folder;
}

sockaddr_un address_of(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    fail(ErrorCode::bad_input, "{}: the path of a socket has at most {} bytes", path.string(), sizeof address.sun_path - 1);
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
  return address;
}

int make_socket(const fs::path& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    fail_io(path, "make a socket");
  }
  return fd;
}

/// connect(); the errno when it failed, 0 when not.
int try_connect(int fd, const fs::path& path) {
  const sockaddr_un address = address_of(path);
  int result = 0;
  do {
    result = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : errno;
}

bool same_user(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

}  // namespace

fs::path local_socket_path(std::string_view name) {
  if (name.find('/') != std::string_view::npos) {
    return fs::absolute(name);
  }
  if (name.empty() || name == "." || name == "..") {
    fail(ErrorCode::bad_input, "\"{}\" is no name for a socket.", name);
  }
  return private_folder() / (std::string(name) + ".sock");
}

LocalListener::LocalListener(fs::path path) : path_(std::move(path)) {
  const sockaddr_un address = address_of(path_);
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) {
      fail(ErrorCode::bad_input, "{}: exists and is no socket", path_.string());
    }
    const int probe = make_socket(path_);
    const int reason = try_connect(probe, path_);
    ::close(probe);
    if (reason == 0 || reason == EAGAIN) {
      fail(ErrorCode::busy, "{}: another engine listens there already", path_.string());
    }
    ::unlink(path_.c_str());  // left behind by a process that was killed
  }
  fd_ = make_socket(path_);
  // fchmod before bind: the file never exists with other rights.
  const bool bound = ::fchmod(fd_, 0600) == 0 && ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                     ::chmod(path_.c_str(), 0600) == 0 && ::listen(fd_, 8) == 0;
  if (!bound) {
    const int reason = errno;
    ::close(fd_);
    fd_ = -1;
    errno = reason;
    fail_io(path_, "listen");
  }
}

LocalListener::~LocalListener() {
  if (fd_ >= 0) {
    ::close(fd_);
    ::unlink(path_.c_str());
  }
}

std::unique_ptr<Channel> LocalListener::accept(int timeout_ms) {
  pollfd waiting{fd_, POLLIN, 0};
  const int ready = ::poll(&waiting, 1, timeout_ms);
  if (ready <= 0) {
    if (ready < 0 && errno != EINTR) {
      fail_io(path_, "wait for a link");
    }
    return nullptr;
  }
  const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == EINTR || errno == ECONNABORTED || errno == EAGAIN) {
      return nullptr;
    }
    fail_io(path_, "accept a link");
  }
  if (!same_user(fd)) {
    log().warn("{}: refused a link from another user", path_.string());
    ::close(fd);
    return nullptr;
  }
  return std::make_unique<Channel>(fd, fd);
}

std::unique_ptr<Channel> connect_local(const fs::path& path) {
  const int fd = make_socket(path);
  if (const int reason = try_connect(fd, path); reason != 0) {
    ::close(fd);
    if (reason == ENOENT || reason == ECONNREFUSED) {
      fail(ErrorCode::not_found, "{}: no engine listens there", path.string());
    }
    fail(ErrorCode::io, "{}: cannot connect: {}", path.string(), describe_errno(reason));
  }
  return std::make_unique<Channel>(fd, fd);
}

std::unique_ptr<Channel> stdio_channel() {
  const int in = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  const int out = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (in < 0 || out < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    fail(ErrorCode::io, "cannot take over standard input and output: {}", describe_errno(errno));
  }
  return std::make_unique<Channel>(in, out);
}

}  // namespace darkroom
