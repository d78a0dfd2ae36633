// SPDX-License-Identifier: Apache-2.0
#include "core/base/cancel_token.h"

#include <csignal>
#include <cstdlib>

#include "core/base/error.h"

namespace darkroom {
namespace {

// The handler may only touch this; the token behind it lives until the process ends.
CancelToken* interrupt_token = nullptr;

void on_interrupt(int signal) {
  if (interrupt_token->cancelled()) {
    std::_Exit(128 + signal);
  }
  interrupt_token->cancel();
}

}  // namespace

void CancelToken::check() const {
  if (cancelled()) {
    throw Error(ErrorCode::cancelled, "Cancelled.");
  }
}

CancelToken cancel_on_interrupt() {
  static CancelToken token;
  interrupt_token = &token;
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  return token;
}

}  // namespace darkroom
