// SPDX-License-Identifier: Apache-2.0
// Hang et al. 2023. min(SNR, gamma) / SNR is written min(1, gamma (1 - alpha_bar) / alpha_bar): exact 1 where noise dominates.
#include "core/diffusion/min_snr.h"

#include "core/base/format.h"

namespace darkroom {

torch::Tensor min_snr_weight(const torch::Tensor& t_B, const NoiseSchedule& schedule, double gamma, Prediction prediction) {
  if (!(gamma > 0)) {
    throw std::invalid_argument(format("[min_snr_weight] gamma must be positive, got {}", gamma));
  }
  if (t_B.dim() != 1 || t_B.scalar_type() != torch::kInt64) {
    throw std::invalid_argument(
        format("[min_snr_weight] t_B must be int64 [B], got {} dimensions of {}", t_B.dim(), c10::toString(t_B.scalar_type())));
  }
  const torch::NoGradGuard no_grad;
  if (prediction == Prediction::flow) {
    const torch::Tensor level_B = (t_B + 1).to(torch::kFloat32).div(static_cast<double>(schedule.train_steps()));
    // min((1 - s)^2 / s^2, gamma) s^2, without the division.
    return torch::minimum((1 - level_B).square(), gamma * level_B.square());
  }
  const torch::Tensor alpha_bar_B = schedule.alpha_bar_T.index_select(0, t_B);
  const torch::Tensor capped_B = (gamma * (1 - alpha_bar_B) / alpha_bar_B).clamp_max(1.0);
  // SNR / (SNR + 1) = alpha_bar.
  return prediction == Prediction::epsilon ? capped_B : capped_B * alpha_bar_B;
}

}  // namespace darkroom
