// SPDX-License-Identifier: Apache-2.0
#include "core/columns/worker_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace darkroom {

struct WorkerPool::Impl {
  std::mutex mutex;
  std::condition_variable begin;
  std::condition_variable end;
  std::vector<std::thread> helpers;
  const std::function<void(size_t)>* work = nullptr;
  size_t count = 0;
  std::atomic<size_t> next{0};
  size_t busy = 0;     // helpers that are at work
  uint64_t round = 0;  // of run()
  bool stopping = false;
  std::exception_ptr failure;

  void take_pieces() {
    for (size_t piece = next.fetch_add(1); piece < count; piece = next.fetch_add(1)) {
      try {
        (*work)(piece);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) {
          failure = std::current_exception();
        }
        next = count;
      }
    }
  }

  void help() {
    std::unique_lock lock(mutex);
    uint64_t seen = 0;
    while (true) {
      begin.wait(lock, [&] { return stopping || round != seen; });
      if (stopping) {
        return;
      }
      seen = round;
      lock.unlock();
      take_pieces();
      lock.lock();
      if (--busy == 0) {
        end.notify_one();
      }
    }
  }
};

WorkerPool::WorkerPool(unsigned threads) : impl_(std::make_unique<Impl>()) {
  const unsigned wanted = threads > 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 1; i < wanted; ++i) {
    impl_->helpers.emplace_back([this] { impl_->help(); });
  }
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->begin.notify_all();
  for (std::thread& helper : impl_->helpers) {
    helper.join();
  }
}

unsigned WorkerPool::threads() const { return static_cast<unsigned>(impl_->helpers.size()) + 1; }

void WorkerPool::run(size_t count, const std::function<void(size_t)>& work) {
  if (impl_->helpers.empty() || count <= 1) {
    for (size_t piece = 0; piece < count; ++piece) {
      work(piece);
    }
    return;
  }
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->work = &work;
    impl_->count = count;
    impl_->next = 0;
    impl_->failure = nullptr;
    impl_->busy = impl_->helpers.size();
    ++impl_->round;
  }
  impl_->begin.notify_all();
  impl_->take_pieces();
  std::unique_lock lock(impl_->mutex);
  impl_->end.wait(lock, [this] { return impl_->busy == 0; });
  if (impl_->failure) {
    std::rethrow_exception(impl_->failure);
  }
}

}  // namespace darkroom
