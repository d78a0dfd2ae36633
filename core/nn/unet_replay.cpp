// SPDX-License-Identifier: Apache-2.0
// A recording reads tensors of its own, which each call's inputs are copied into. Keys and values of the context are made outside it, when
// another context comes.
#include "core/nn/unet_replay.h"

#include <algorithm>

#include "core/base/log.h"
#include "core/tensor/device_memory.h"

namespace darkroom {
namespace {

// A large picture and the one that it grew from.
constexpr size_t remembered = 2;
// B x H x W: four pictures of 512x512 with guidance. Their kernels take longer than launching them.
constexpr int64_t largest_pixels = int64_t{8} * 64 * 64;

std::vector<int64_t> key_of(const torch::Tensor& x_BCHW, const torch::Tensor& t_B, const torch::Tensor& context_BLD,
                            const std::optional<torch::Tensor>& mask_BL) {
  std::vector<int64_t> key = x_BCHW.sizes().vec();
  key.insert(key.end(), {static_cast<int64_t>(x_BCHW.scalar_type()), static_cast<int64_t>(x_BCHW.suggest_memory_format()), t_B.size(0),
                         static_cast<int64_t>(t_B.scalar_type()), context_BLD.size(1), mask_BL ? 1 : 0});
  return key;
}

}  // namespace

UNetReplay::UNetReplay(const UNetModel& model, Record record) : model_(model), record_(std::move(record)) {}

UNetReplay::UNetReplay(const UNetModel& model, torch::Device device)
    : UNetReplay(model, has_device_graphs(device) ? Record(record_device_graph) : Record()) {}

int64_t UNetReplay::recorded() const {
  return std::count_if(recordings_.begin(), recordings_.end(), [](const Recording& recording) { return recording.graph != nullptr; });
}

UNetReplay::Recording& UNetReplay::recording_of(std::vector<int64_t> key) {
  const auto found = std::find_if(recordings_.begin(), recordings_.end(), [&](const Recording& recording) { return recording.key == key; });
  if (found != recordings_.end()) {
    recordings_.splice(recordings_.begin(), recordings_, found);
    return recordings_.front();
  }
  if (recordings_.size() == remembered) {
    recordings_.pop_back();
  }
  recordings_.emplace_front();
  recordings_.front().key = std::move(key);
  return recordings_.front();
}

// Runs once with the recording's own tensors, which also makes keys and values, then records the same.
torch::Tensor UNetReplay::record(Recording& recording, const Weights& weights, const torch::Tensor& x_BCHW, const torch::Tensor& t_B,
                                 const torch::Tensor& context_BLD, const std::optional<torch::Tensor>& mask_BL) {
  recording.x_BCHW = x_BCHW.clone();
  recording.t_B = t_B.clone();
  recording.context_BLD = context_BLD.clone();
  recording.context_given = context_BLD;
  if (mask_BL) {
    recording.mask_BL = mask_BL->clone();
    recording.mask_given = *mask_BL;
  }
  const auto work = [this, &recording, &weights] {
    UNetRun run;
    run.context_mask_BL = recording.mask_BL;
    run.context_cache = &recording.projections;
    recording.y_BCHW = model_.forward(weights, recording.x_BCHW, recording.t_B, recording.context_BLD, run);
  };
  work();
  torch::Tensor y_BCHW = recording.y_BCHW;
  try {
    recording.graph = record_(x_BCHW.device(), work);
  } catch (const c10::Error& error) {
    log().warn("the UNet's forward pass cannot be recorded and runs kernel by kernel: {}", error.what_without_backtrace());
    record_ = {};
    forget();
  }
  return y_BCHW;
}

torch::Tensor UNetReplay::forward(const Weights& weights, const torch::Tensor& x_BCHW, const torch::Tensor& t_B,
                                  const torch::Tensor& context_BLD, const std::optional<torch::Tensor>& mask_BL,
                                  ContextCache& projections) {
  const auto run_directly = [&] {
    UNetRun run;
    run.context_mask_BL = mask_BL;
    run.context_cache = &projections;
    try {
      return model_.forward(weights, x_BCHW, t_B, context_BLD, run);
    } catch (const c10::OutOfMemoryError&) {
      if (recorded() == 0) {
        throw;
      }
    }
    forget();  // recordings of other shapes hold the memory of their activations
    return_freed_memory(x_BCHW.device());
    return model_.forward(weights, x_BCHW, t_B, context_BLD, run);
  };
  if (!record_ || x_BCHW.dim() != 4 || context_BLD.dim() != 3 || x_BCHW.size(0) * x_BCHW.size(2) * x_BCHW.size(3) > largest_pixels) {
    return run_directly();
  }
  Recording& recording = recording_of(key_of(x_BCHW, t_B, context_BLD, mask_BL));
  ++recording.calls;
  if (recording.calls == 1) {
    return run_directly();  // which may forget this one too
  }
  if (recording.graph == nullptr) {
    return record(recording, weights, x_BCHW, t_B, context_BLD, mask_BL);
  }
  recording.x_BCHW.copy_(x_BCHW);
  recording.t_B.copy_(t_B);
  if (!recording.context_given.is_same(context_BLD)) {
    recording.context_given.reset();  // until all of it is here: making keys and values can fail
    recording.context_BLD.copy_(context_BLD);
    recording.projections.renew(weights);
    recording.context_given = context_BLD;
  }
  if (mask_BL && !recording.mask_given.is_same(*mask_BL)) {
    recording.mask_BL->copy_(*mask_BL);
    recording.mask_given = *mask_BL;
  }
  recording.graph->replay();
  return recording.y_BCHW.clone();
}

}  // namespace darkroom
