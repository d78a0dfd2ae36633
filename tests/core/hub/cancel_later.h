// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <thread>

#include "core/base/cancel_token.h"

namespace darkroom::test {

/// A token that somebody cancels after a while.
struct CancelLater {
  explicit CancelLater(std::chrono::milliseconds delay)
      : canceller([cancel = token, delay]() mutable {
          std::this_thread::sleep_for(delay);
          cancel.cancel();
        }) {}
  ~CancelLater() { canceller.join(); }
  CancelLater(const CancelLater&) = delete;
  CancelLater& operator=(const CancelLater&) = delete;

  CancelToken token;
  std::thread canceller;
};

}  // namespace darkroom::test
