// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, C channels, H W latent rows and columns, L tokens, D width of the text states.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "core/nn/attention.h"
#include "core/nn/unet.h"
#include "core/tensor/device_graph.h"

namespace darkroom {

/// The forward pass of one UNet with one set of weights, for a sampler, which asks for the same shapes over and over. On a device with
/// graphs the second call of a shape is recorded and later ones replay it: some thousand launches become one. Elsewhere, and for batches
/// so large that launches do not count, it is UNetModel::forward. Not thread-safe.
class UNetReplay {
 public:
  using Record = std::function<std::unique_ptr<DeviceGraph>(torch::Device device, const std::function<void()>& work)>;

  /// model   must outlive this
  /// record  record_device_graph for a device that has_device_graphs; empty: nothing is recorded
  explicit UNetReplay(const UNetModel& model, Record record);
  UNetReplay(const UNetModel& model, torch::Device device);

  /// weights      those of every call since the last forget(), where they were
  /// x_BCHW, t_B, context_BLD, mask_BL  as UNetModel::forward takes them
  /// projections  of that context, as UNetRun::context_cache
  /// returns      [B,out_channels,H,W], the caller's own
  torch::Tensor forward(const Weights& weights, const torch::Tensor& x_BCHW, const torch::Tensor& t_B, const torch::Tensor& context_BLD,
                        const std::optional<torch::Tensor>& mask_BL, ContextCache& projections);

  /// Lets all recordings go: the weights have changed.
  void forget() { recordings_.clear(); }
  /// Shapes that are replayed.
  int64_t recorded() const;

 private:
  // One set of shapes. Nothing but `calls` and the sizes is set before it is recorded.
  struct Recording {
    std::vector<int64_t> key;
    int64_t calls = 0;
    torch::Tensor x_BCHW, t_B, context_BLD;
    std::optional<torch::Tensor> mask_BL;
    torch::Tensor context_given, mask_given;  // what the last call gave, which the copies hold
    ContextCache projections;
    torch::Tensor y_BCHW;
    std::unique_ptr<DeviceGraph> graph;
  };

  Recording& recording_of(std::vector<int64_t> key);
  torch::Tensor record(Recording& recording, const Weights& weights, const torch::Tensor& x_BCHW, const torch::Tensor& t_B,
                       const torch::Tensor& context_BLD, const std::optional<torch::Tensor>& mask_BL);

  const UNetModel& model_;
  Record record_;
  std::list<Recording> recordings_;  // most recent first
};

}  // namespace darkroom
