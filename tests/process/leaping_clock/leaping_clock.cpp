// SPDX-License-Identifier: Apache-2.0
// A shared object for LD_PRELOAD: the wall clock of a program leaps, its steady clocks do not. Every fifth reading changes by how much: not
// at all, an hour or a day back, an hour or a day ahead, ten years ahead (F14 of the faults that training is to survive).
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>

namespace {

constexpr long hour_s = 3600;
constexpr long day_s = 24 * hour_s;
constexpr std::array<long, 6> leaps_s = {0, -hour_s, day_s, -day_s, hour_s, 3650 * day_s};
constexpr unsigned readings_a_leap = 5;

long leap_s() {
  static std::atomic<unsigned> readings{0};
  return leaps_s[readings.fetch_add(1) / readings_a_leap % leaps_s.size()];
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long result = syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    time->tv_sec += leap_s();
  }
  return static_cast<int>(result);
}

__attribute__((visibility("default"))) int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  const int result = clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return result;
}

__attribute__((visibility("default"))) time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) {
    *out = now.tv_sec;
  }
  return now.tv_sec;
}

}  // extern "C"
