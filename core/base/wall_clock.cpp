// SPDX-License-Identifier: Apache-2.0
#include "core/base/wall_clock.h"

#include <chrono>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace darkroom {
namespace {

std::mutex replacement_mutex;

std::function<double()>& replacement() {
  static std::function<double()> clock;
  return clock;
}

}  // namespace

double wall_seconds() {
  {
    const std::scoped_lock lock(replacement_mutex);
    if (replacement()) {
      return replacement()();
    }
  }
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

WallClockReplacement::WallClockReplacement(std::function<double()> clock) {
  const std::scoped_lock lock(replacement_mutex);
  if (replacement()) {
    throw std::logic_error("[WallClockReplacement] there is one already");
  }
  replacement() = std::move(clock);
}

WallClockReplacement::~WallClockReplacement() {
  const std::scoped_lock lock(replacement_mutex);
  replacement() = nullptr;
}

}  // namespace darkroom
