// SPDX-License-Identifier: Apache-2.0
// The engine's side of a generation: a queue, one worker, and exactly one final answer a request.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/base/cancel_token.h"
#include "core/protocol/channel.h"
#include "core/sample/make_images.h"
#include "core/sample/model_shelf.h"

namespace darkroom {

/// Answers Generate and Cancel on one link. Thread-safe.
///
/// Requests run one after another on a thread of their own; the last models stay loaded for the next requests, up to half of the memory. A
/// cancel is read between steps.
class SampleRole {
 public:
  explicit SampleRole(Channel& channel);
  /// Cancels what runs and answers what waits.
  ~SampleRole();
  SampleRole(const SampleRole&) = delete;
  SampleRole& operator=(const SampleRole&) = delete;

  void generate(message::Generate request);
  /// A request that waits is answered at once, one that runs within a step; an unknown id is ignored: its answer is already on the way.
  void cancel(const std::string& id);

 private:
  struct Job {
    message::Generate request;
    CancelToken cancel;
  };

  void work();
  void run(Job& job);
  message::GenerateDone make(Job& job);
  SamplingModel& model_for(const message::Generate& request, message::GenerateDone& done);

  Channel& channel_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  std::optional<Job> running_;
  bool ending_ = false;
  // The worker's own:
  ModelShelf shelf_;
  torch::Device device_ = torch::kCPU;  ///< of the last request
  std::thread worker_;                  ///< last: it uses everything above
};

}  // namespace darkroom
