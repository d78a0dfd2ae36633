// SPDX-License-Identifier: Apache-2.0
#include "core/base/thread_priority.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace darkroom {
namespace {

constexpr int kNice = 10;

}  // namespace

void lower_thread_priority() noexcept {
  // Linux keeps a nice value for each thread, whatever POSIX says of processes: setpriority(2), "C library/kernel differences".
  const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
  if (::getpriority(PRIO_PROCESS, thread) < kNice) {
    ::setpriority(PRIO_PROCESS, thread, kNice);
  }
}

}  // namespace darkroom
