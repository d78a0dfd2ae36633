// SPDX-License-Identifier: Apache-2.0
// Shapes: B samples of a micro-step, C H W latents, L tokens.
#pragma once

#include <torch/types.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/dataset/mixture.h"
#include "core/dataset/training_set.h"
#include "core/train/sample_draws.h"
#include "core/train/sample_quarantine.h"

namespace darkroom {

/// One forward and backward pass of one rank. All tensors on the CPU (pinned for a CUDA device).
struct MicroBatch {
  torch::Tensor x0_BCHW;   ///< float32, clean latents
  torch::Tensor eps_BCHW;  ///< float32, noise, offset noise included
  torch::Tensor t_B;       ///< int64
  torch::Tensor source_B;  ///< int64, index of the phase's source
  torch::Tensor ids_BL;    ///< int64; rows of dropped captions hold the empty caption
  torch::Tensor mask_BL;   ///< int64, 1 for tokens
};

/// What one rank does for one optimiser step.
struct StepBatch {
  int64_t batch = 0;  ///< number within the phase, 0 …
  std::vector<MicroBatch> micro;
  int64_t broken = 0;  ///< samples that turned out broken now and were replaced (see choose_row); those in quarantine do not count
};

struct BatcherOptions {
  uint64_t seed = 0;
  int64_t phase = 0;
  int64_t rank = 0;
  int64_t micro_steps = 1;     ///< micro-batches a step; divides the rank's samples
  int64_t train_steps = 1000;  ///< of the noise schedule
  TimestepRule timesteps;
  double offset_noise = 0;  ///< of one normal number a channel, added to the noise
  double cfg_dropout = 0;
  bool pin_memory = false;
  const SampleQuarantine* quarantine = nullptr;  ///< must outlive the batcher
  int64_t prefetch = 3;                          ///< steps that are made ahead
};

/// Makes the batches of a phase ahead of the trainer, on one thread of its own. The trainer's thread calls next() and nothing else.
///
/// A batch is a pure function of (options, mixture, number): what was prefetched and not taken is simply made again after a resume.
class Batcher {
 public:
  /// sets   the phase's sources in the mixture's order; they must outlive this
  /// first  number of the first batch within the phase
  /// end    number after the last
  Batcher(std::vector<const TrainingSet*> sets, Mixture mixture, const BatcherOptions& options, int64_t first, int64_t end);
  ~Batcher();
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  /// The next step's batch; waits for it. throws what the reading thread threw; std::invalid_argument when all were given
  StepBatch next();
  /// How long the last next() waited.
  double waited_s() const { return waited_s_; }

 private:
  void work();

  std::vector<const TrainingSet*> sets_;
  Mixture mixture_;
  BatcherOptions options_;
  int64_t next_to_make_;
  int64_t next_to_give_;
  int64_t end_;
  double waited_s_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<StepBatch> ready_;
  std::exception_ptr failure_;
  bool stopping_ = false;
  std::thread thread_;
};

/// One batch, on the calling thread.
/// throws  std::invalid_argument when latents of the sources differ in shape or the micro-steps do not divide the samples
StepBatch make_step_batch(const std::vector<const TrainingSet*>& sets, const Mixture& mixture, const BatcherOptions& options,
                          int64_t batch);

}  // namespace darkroom
