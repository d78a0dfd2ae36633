// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
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

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace darkroom
