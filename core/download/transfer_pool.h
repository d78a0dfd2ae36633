// SPDX-License-Identifier: Apache-2.0
// Many pictures from many hosts at once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/download/body_budget.h"
#include "core/download/download_options.h"

namespace darkroom {

/// How one URL ended.
struct FetchedBody {
  uint64_t id = 0;
  std::string bytes;       ///< of an answer of status 200, whole
  std::string error;       ///< one of a few sentences; empty when the bytes are there
  std::string detail;      ///< what exactly, where that is known
  LargeBodyPermit permit;  ///< keep it as long as the bytes
};

/// Asks for URLs over at most `connections` lines, at most `connections_per_host` to one host; connections and resolved names are kept.
///
/// Only http and https, at most five redirects, none of them nor any resolved name to an address that the rules refuse: it is the address
/// of the socket that is judged, just before it connects, so a name that resolves to another address the second time does not pass. For
/// that reason no proxy is used. No cookies, no credentials.
/// A broken line, a time-out and an answer that may pass by itself are tried again after a growing delay; a host that says Retry-After is
/// left alone so long. An answer whose X-Robots-Tag forbids the use is not read, neither is one of more than `most_bytes`.
/// Not thread-safe, but for wake().
class TransferPool {
 public:
  /// throws  Error{failed} when libcurl does not start
  explicit TransferPool(TransferOptions options);
  ~TransferPool();
  TransferPool(const TransferPool&) = delete;
  TransferPool& operator=(const TransferPool&) = delete;

  /// id  comes back with the result; unique among those that are not finished
  void add(uint64_t id, const std::string& url);
  /// Requests that are not finished.
  size_t load() const;
  /// Moves bytes for at most `wait_ms`; returns early when something has finished or wake() was called.
  /// most_running  transfers that may run at once now, at most `connections`; fewer while decoders are behind
  std::vector<FetchedBody> work(int wait_ms, size_t most_running);
  /// Ends a work() that waits. Thread-safe.
  void wake();
  /// Bytes that came over the wire, those that were thrown away too.
  uint64_t downloaded_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace darkroom
