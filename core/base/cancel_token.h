// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>

namespace darkroom {

/// A request to stop, shared by the one who asks and the one who works. Copies share one flag. Thread-safe and signal-safe.
class CancelToken {
 public:
  CancelToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}

  void cancel() noexcept { flag_->store(true, std::memory_order_relaxed); }
  bool cancelled() const noexcept { return flag_->load(std::memory_order_relaxed); }

  /// throws Error{cancelled} when somebody asked to stop
  void check() const;

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

/// A token that the first SIGINT or SIGTERM cancels; the second ends the process at once with exit code 4 semantics lost (128 + signal).
/// Installs process-wide handlers: call once, from main.
CancelToken cancel_on_interrupt();

}  // namespace darkroom
