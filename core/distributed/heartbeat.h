// SPDX-License-Identifier: Apache-2.0
// How a supervisor knows that a rank is still there: the rank writes into a pipe twice a second, from a thread that does nothing else.
#pragma once

#include <optional>

namespace darkroom {

/// The supervisor's side of one rank. Not thread-safe. Counts on a clock that no clock jump touches.
class Heartbeat {
 public:
  /// throws  Error{io} when there is no pipe to be had
  Heartbeat();
  ~Heartbeat();
  Heartbeat(Heartbeat&& other) noexcept;
  Heartbeat& operator=(Heartbeat&&) = delete;
  Heartbeat(const Heartbeat&) = delete;

  /// The end for the rank to inherit; close_write_end() once it has.
  int write_end() const { return write_; }
  void close_write_end();

  /// Seconds since the rank was last heard. Never blocks. When this process itself did not call for a while (it was stopped, or the machine
  /// slept) the count begins anew: it could not have heard anybody.
  double silence_s();

 private:
  int read_ = -1;
  int write_ = -1;
  double heard_s_;
  double asked_s_;
};

/// In a rank: beats on `fd` until the other end is gone, on a thread of its own.
void beat_on(int fd);

}  // namespace darkroom
