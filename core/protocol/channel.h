// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/protocol/codec.h"

namespace darkroom {

/// Frames over a pair of file descriptors. Sends from any thread through a bounded queue; receives on one thread.
///
/// The peer's end closing shows as ended() on the receiving side, and as Error{peer_died} on the sending side once a write fails: a peer
/// that only stopped asking (end of standard input) still gets its answers.
class Channel {
 public:
  /// Takes both descriptors (they may be the same) and closes them.
  Channel(int read_fd, int write_fd, size_t max_queued_bytes = size_t{64} << 20);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Queues a frame; waits while the queue is full (a frame larger than the limit goes through alone).
  /// throws  Error{peer_died} when the link is closed
  void send(const Frame& frame);
  void send(const message::FromStudio& message) { send(to_frame(message)); }
  /// A Preview replaces one of the same id and index that is still queued.
  void send(const message::FromEngine& message);

  /// The next frame; absent after `timeout_ms` without one (negative: wait for ever), or when the link ended: see ended().
  /// throws  Error{protocol}: a malformed frame, or an end inside one; nothing more is read then, but what is sent still leaves
  std::optional<Frame> receive(int timeout_ms);
  /// The peer closed its end, or close() was called.
  bool ended() const;

  /// Waits until all queued frames are written, at most `timeout_ms`. False when some are left.
  bool flush(int timeout_ms);
  /// Ends the link at once; wakes a receive() on another thread. Queued frames are dropped: flush first.
  void close();

 private:
  struct Queued {
    std::string bytes;
    std::string newest_key;  ///< a later frame with this key replaces it; empty: never
  };
  void queue(std::string bytes, std::string newest_key);
  void write_loop();

  const int read_fd_;
  const int write_fd_;
  const size_t max_queued_bytes_;
  int wake_fds_[2] = {-1, -1};  ///< a pipe: close() wakes poll()
  FrameDecoder decoder_;        ///< receiving thread only

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Queued> queue_;
  size_t queued_bytes_ = 0;
  bool writing_ = false;
  bool closed_ = false;
  bool read_ended_ = false;
  bool peer_gone_ = false;  ///< nothing can be written any more
  std::thread writer_;
};

}  // namespace darkroom
