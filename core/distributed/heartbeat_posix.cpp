// SPDX-License-Identifier: Apache-2.0
// The pipe is never waited for on either side: a supervisor that is stopped must not stop its ranks.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "core/base/format.h"
#include "core/base/progress.h"
#include "core/distributed/heartbeat.h"

namespace darkroom {
namespace {

constexpr auto interval = std::chrono::milliseconds(500);
constexpr double own_gap_s = 2;  // between two calls, from which on this process counts as one that was away

}  // namespace

Heartbeat::Heartbeat() : heard_s_(monotonic_seconds()), asked_s_(heard_s_) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    fail(ErrorCode::io, "The pipe for a rank's heartbeat could not be made: {}", describe_errno(errno));
  }
  read_ = ends[0];
  write_ = ends[1];
}

Heartbeat::~Heartbeat() {
  close_write_end();
  if (read_ >= 0) {
    close(read_);
  }
}

Heartbeat::Heartbeat(Heartbeat&& other) noexcept
    : read_(std::exchange(other.read_, -1)), write_(std::exchange(other.write_, -1)), heard_s_(other.heard_s_), asked_s_(other.asked_s_) {}

void Heartbeat::close_write_end() {
  if (write_ >= 0) {
    close(std::exchange(write_, -1));
  }
}

double Heartbeat::silence_s() {
  const double now_s = monotonic_seconds();
  if (now_s - asked_s_ > own_gap_s) {
    heard_s_ = now_s;
  }
  asked_s_ = now_s;
  std::array<char, 256> beats{};
  ssize_t count = 0;
  while ((count = read(read_, beats.data(), beats.size())) > 0) {
    heard_s_ = now_s;
  }
  return now_s - heard_s_;
}

void beat_on(int fd) {
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  std::thread([fd] {
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
    const char beat = '.';
    while (write(fd, &beat, 1) == 1 || errno == EAGAIN || errno == EINTR) {
      std::this_thread::sleep_for(interval);
    }
    close(fd);
  }).detach();
}

}  // namespace darkroom
