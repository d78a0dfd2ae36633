// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, C channels, H W.
#pragma once

#include <torch/types.h>

namespace darkroom {

/// Classifier-free guidance: uncond + scale (cond - uncond).
///
/// output_2BCHW  the model's output for the batch [uncond…, cond…] along dimension 0; its length must be even
/// scale         1 returns the conditional half
/// returns       [B,C,H,W]
/// throws        std::invalid_argument on an odd batch
/// source        Ho & Salimans 2022, arXiv:2207.12598
torch::Tensor guidance_combine(const torch::Tensor& output_2BCHW, double scale);

/// Guided output pulled back to the conditional output's standard deviation per sample, mixed in by `rescale` in [0, 1]; 0 returns
/// `guided`. throws  std::invalid_argument: shapes differ or rescale outside [0, 1] source  Lin et al. 2023, arXiv:2305.08891, section 3.4
torch::Tensor guidance_rescale(const torch::Tensor& guided_BCHW, const torch::Tensor& cond_BCHW, double rescale);

}  // namespace darkroom
