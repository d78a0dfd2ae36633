// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace darkroom {

/// Threads that wait for pieces of work: starting one for each movement of a slider would cost more than the work.
class WorkerPool {
 public:
  /// threads  0: one a processor. The caller of run() is one of them.
  explicit WorkerPool(unsigned threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  unsigned threads() const;

  /// Calls work(0) … work(count - 1), each once, in ascending order of starting, on all threads; returns when all are done. The first
  /// exception stops what has not started and is thrown here. One call at a time.
  void run(size_t count, const std::function<void(size_t)>& work);

  /// run() over a range in blocks of `block`, the last one shorter: work(first, size).
  template <typename Work>
  void run_blocks(uint64_t total, uint64_t block, Work&& work) {
    run((total + block - 1) / block, [&](size_t index) {
      const uint64_t first = index * block;
      work(first, std::min(block, total - first));
    });
  }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace darkroom
