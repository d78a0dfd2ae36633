// SPDX-License-Identifier: Apache-2.0
// One thread writes, so that a slow reader never holds up the one who computes; the queue's bound is where the sender waits at last.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "core/base/format.h"
#include "core/base/progress.h"
#include "core/protocol/channel.h"

namespace darkroom {
namespace {

constexpr size_t read_chunk = size_t{64} << 10;

/// SIGPIPE goes to the thread that writes to a peer that is gone, and would end the process; the error of write() says it well enough.
void block_broken_pipe_signal() {
  sigset_t pipe_signal;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
}

}  // namespace

Channel::Channel(int read_fd, int write_fd, size_t max_queued_bytes)
    : read_fd_(read_fd), write_fd_(write_fd), max_queued_bytes_(max_queued_bytes) {
  if (::pipe2(wake_fds_, O_CLOEXEC | O_NONBLOCK) != 0) {
    fail(ErrorCode::io, "cannot make a pipe: {}", describe_errno(errno));
  }
  // Non-blocking, so that the writer can always be woken by close(). Pipes are set so only where they are ours.
  for (const int fd : {read_fd_, write_fd_}) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  }
  writer_ = std::thread([this] { write_loop(); });
}

Channel::~Channel() {
  close();
  writer_.join();
  ::close(read_fd_);
  if (write_fd_ != read_fd_) {
    ::close(write_fd_);
  }
  ::close(wake_fds_[0]);
  ::close(wake_fds_[1]);
}

void Channel::send(const Frame& frame) { queue(encode_frame(frame), {}); }

void Channel::send(const message::FromEngine& message) {
  std::string key;
  if (const auto* preview = std::get_if<message::Preview>(&message)) {
    key = format("{}/{}", preview->id, preview->index);
  }
  queue(encode_frame(to_frame(message)), std::move(key));
}

void Channel::queue(std::string bytes, std::string newest_key) {
  std::unique_lock lock(mutex_);
  if (!newest_key.empty()) {
    for (Queued& queued : queue_) {
      if (queued.newest_key == newest_key) {
        queued_bytes_ += bytes.size() - queued.bytes.size();
        queued.bytes = std::move(bytes);
        return;
      }
    }
  }
  changed_.wait(lock, [&] { return closed_ || peer_gone_ || queue_.empty() || queued_bytes_ + bytes.size() <= max_queued_bytes_; });
  if (closed_ || peer_gone_) {
    fail(ErrorCode::peer_died, "The link is closed.");
  }
  queued_bytes_ += bytes.size();
  queue_.push_back({std::move(bytes), std::move(newest_key)});
  changed_.notify_all();
}

void Channel::write_loop() {
  block_broken_pipe_signal();
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closed_ || peer_gone_ || !queue_.empty(); });
    if (closed_ || peer_gone_) {
      return;
    }
    const std::string bytes = std::move(queue_.front().bytes);
    queue_.pop_front();
    queued_bytes_ -= bytes.size();
    writing_ = true;
    changed_.notify_all();
    lock.unlock();
    bool gone = false;
    for (std::string_view rest = bytes; !rest.empty() && !gone;) {
      const ssize_t count = ::write(write_fd_, rest.data(), rest.size());
      if (count >= 0) {
        rest.remove_prefix(static_cast<size_t>(count));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        pollfd fds[2] = {{write_fd_, POLLOUT, 0}, {wake_fds_[0], POLLIN, 0}};
        ::poll(fds, 2, -1);
        gone = fds[1].revents != 0;
      } else if (errno != EINTR) {
        gone = true;
      }
    }
    lock.lock();
    writing_ = false;
    peer_gone_ = peer_gone_ || gone;
    changed_.notify_all();
  }
}

std::optional<Frame> Channel::receive(int timeout_ms) {
  const double deadline_s = monotonic_seconds() + timeout_ms / 1000.0;
  std::string chunk(read_chunk, '\0');
  try {
    while (true) {
      if (auto frame = decoder_.next()) {
        return frame;
      }
      if (ended()) {
        return std::nullopt;
      }
      const double left_ms = (deadline_s - monotonic_seconds()) * 1000;
      pollfd fds[2] = {{read_fd_, POLLIN, 0}, {wake_fds_[0], POLLIN, 0}};
      const int ready = ::poll(fds, 2, timeout_ms < 0 ? -1 : left_ms > 0 ? static_cast<int>(left_ms) + 1 : 0);
      if (ready < 0 && errno != EINTR) {
        fail(ErrorCode::io, "cannot wait for the link: {}", describe_errno(errno));
      }
      if (fds[1].revents != 0) {
        continue;  // closed from another thread
      }
      if (ready > 0 && fds[0].revents != 0) {
        const ssize_t count = ::read(read_fd_, chunk.data(), chunk.size());
        if (count > 0) {
          decoder_.feed(std::string_view(chunk.data(), static_cast<size_t>(count)));
          continue;
        }
        if (count == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)) {
          {
            const std::lock_guard lock(mutex_);
            read_ended_ = true;
          }
          if (decoder_.in_frame()) {
            fail(ErrorCode::protocol, "The link ended in the middle of a frame.");
          }
          return std::nullopt;
        }
      }
      if (timeout_ms >= 0 && monotonic_seconds() >= deadline_s) {
        return std::nullopt;
      }
    }
  } catch (const Error&) {
    const std::lock_guard lock(mutex_);
    read_ended_ = true;  // nothing after a malformed frame can be trusted; the reason may still be sent
    throw;
  }
}

bool Channel::ended() const {
  const std::lock_guard lock(mutex_);
  return closed_ || read_ended_ || peer_gone_;
}

bool Channel::flush(int timeout_ms) {
  std::unique_lock lock(mutex_);
  const auto idle = [this] { return closed_ || peer_gone_ || (queue_.empty() && !writing_); };
  if (timeout_ms < 0) {
    changed_.wait(lock, idle);
  } else {
    changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), idle);
  }
  return queue_.empty() && !writing_ && !peer_gone_;
}

void Channel::close() {
  const std::lock_guard lock(mutex_);
  if (closed_) {
    return;
  }
  closed_ = true;
  queue_.clear();
  queued_bytes_ = 0;
  changed_.notify_all();
  const char byte = 0;
  [[maybe_unused]] const ssize_t woken = ::write(wake_fds_[1], &byte, 1);
  // Tells the peer at once; the descriptors themselves go with the object, when no thread uses them any more.
  ::shutdown(write_fd_, SHUT_RDWR);
}

}  // namespace darkroom
