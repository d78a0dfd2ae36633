// SPDX-License-Identifier: Apache-2.0
#include "core/encode/crop_loader.h"

#include <algorithm>
#include <exception>
#include <map>
#include <stdexcept>

namespace darkroom {

struct CropLoader::State {
  uint64_t count = 0;
  Load load;
  uint64_t window = 1;
  std::mutex mutex;
  std::condition_variable changed;
  uint64_t started = 0;   // next index to load
  uint64_t returned = 0;  // next index to hand over
  std::map<uint64_t, LoadedCrop> loaded;
  std::exception_ptr failure;
  bool stop = false;
};

CropLoader::CropLoader(uint64_t count, Load load, int threads, uint64_t window) : state_(std::make_unique<State>()) {
  if (threads < 1 || window < 1) {
    throw std::invalid_argument("[CropLoader] at least one thread and a window of one");
  }
  state_->count = count;
  state_->load = std::move(load);
  state_->window = window;
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { work(); });
  }
}

CropLoader::~CropLoader() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->changed.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void CropLoader::work() {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  while (true) {
    state.changed.wait(lock, [&] { return state.stop || state.started >= state.count || state.started < state.returned + state.window; });
    if (state.stop || state.failure || state.started >= state.count) {
      return;
    }
    const uint64_t index = state.started++;
    lock.unlock();
    LoadedCrop crop;
    std::exception_ptr failure;
    try {
      crop = state.load(index);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure && !state.failure) {
      state.failure = failure;
    }
    state.loaded.emplace(index, std::move(crop));
    state.changed.notify_all();
  }
}

std::optional<LoadedCrop> CropLoader::next() {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  if (state.returned >= state.count) {
    return std::nullopt;
  }
  state.changed.wait(lock, [&] { return state.failure || state.loaded.contains(state.returned); });
  if (state.failure) {
    std::rethrow_exception(state.failure);
  }
  auto node = state.loaded.extract(state.returned++);
  state.changed.notify_all();
  return std::move(node.mapped());
}

}  // namespace darkroom
