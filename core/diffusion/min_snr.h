// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, T train steps.
#pragma once

#include <torch/types.h>

#include "core/diffusion/noise_schedule.h"
#include "core/diffusion/prediction.h"

namespace darkroom {

/// Loss weight per sample of Min-SNR.
///
/// epsilon  w = min(SNR, gamma) / SNR         with SNR = alpha_bar / (1 - alpha_bar): 1 where noise dominates, below 1 where little is left
/// v        w = min(SNR, gamma) / (SNR + 1)
/// flow     w = min(SNR, gamma) s^2           with SNR = ((1 - s) / s)^2 and s = (t + 1) / T
///
/// All three put the weight min(SNR, gamma) on the squared error of x0, which is 1 / SNR, 1 / (SNR + 1) and s^2 times the squared error of
/// what the model predicts (a flow's x0 is x_s - s * output). So a flow's w is (1 - s)^2 where SNR <= gamma, and gamma s^2 below.
///
/// t_B       int64 [B], 0 <= t < T; values are not checked (a check would stall the GPU queue)
/// schedule  tables of length T, on the device of t_B; of a flow only T is used
/// gamma     > 0, dimensionless; 5.0 by default; 2.0 hurt face geometry in the source run (epoch 16)
/// returns   float32 [B] on the device of t_B, in [0, 1], without gradient; 0 at a noise level without signal (v and flow)
/// throws    std::invalid_argument: gamma <= 0, or t_B not 1-D int64
/// source    Hang et al. 2023, arXiv:2303.09556; the flow's by the same derivation
torch::Tensor min_snr_weight(const torch::Tensor& t_B, const NoiseSchedule& schedule, double gamma = 5.0,
                             Prediction prediction = Prediction::epsilon);

}  // namespace darkroom
