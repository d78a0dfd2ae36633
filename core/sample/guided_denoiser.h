// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, C latent channels, H W latent rows and columns, E extra channels.
#pragma once

#include <torch/types.h>

#include <optional>
#include <vector>

#include "core/nn/attention.h"
#include "core/sample/conditioning.h"
#include "core/sample/sampling_model.h"

namespace darkroom {

struct Guidance {
  double scale = 7.5;  ///< that which the conditioning was made for
  double rescale = 0;  ///< guidance_rescale
};

/// The model with its prompts and guidance, as a sampler asks it: eps = u + sum of weight_i scale (c_i - u).
///
/// All texts of a step go through the UNet in one batch. Counts its calls, as prompts may change from call to call: one object is one pass.
class GuidedDenoiser {
 public:
  /// model, conditioning  must outlive this
  /// extra_1EHW           fed to the UNet behind the latents (inpainting models: mask, masked picture); on the model's device
  /// throws  Error{usage} when the UNet's input channels are not C (+ E)
  GuidedDenoiser(const SamplingModel& model, const Conditioning& conditioning, Guidance guidance,
                 std::optional<torch::Tensor> extra_1EHW = std::nullopt);

  /// x [B,C,H,W] float32 -> the model's guided output, float32.
  torch::Tensor operator()(const torch::Tensor& x_BCHW, double t);

 private:
  // What one forward pass is given, for a batch of a size.
  struct Prepared {
    size_t index = 0;
    int64_t batch = 0;
    bool guided = true;           // the first of its texts is the negative one
    std::vector<double> weights;  // of the others
    torch::Tensor context_NLD;    // texts * batch
    std::optional<torch::Tensor> mask_NL;
    ContextCache projections;  // of the context
  };

  Prepared& prepared_for(int64_t call, int64_t batch);

  const SamplingModel& model_;
  const Conditioning& conditioning_;
  Guidance guidance_;
  std::optional<torch::Tensor> extra_;
  int64_t calls_ = 0;
  std::vector<Prepared> prepared_;  // those of the last steps; alternations come back to them
};

}  // namespace darkroom
