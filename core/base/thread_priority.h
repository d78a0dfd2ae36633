// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace darkroom {

/// The calling thread computes for somebody who does something else meanwhile: threads of usual priority go before it when there are fewer
/// cores than work. On Linux (nice 10) threads that it makes inherit this; it cannot be taken back without privileges. Never fails: where
/// the system refuses, nothing changes.
void lower_thread_priority() noexcept;

}  // namespace darkroom
