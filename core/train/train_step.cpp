// SPDX-License-Identifier: Apache-2.0
// Ho et al. 2020, algorithm 1, with Min-SNR. The weight multiplies the per-sample mean, so gamma does not change the sample count's
// meaning.
#include "core/train/train_step.h"

#include "core/diffusion/min_snr.h"

namespace darkroom {
namespace {

torch::Tensor error_per_sample(const UNetModel& unet, const Weights& weights, const TrainInputs& inputs, const NoiseSchedule& schedule,
                               const TrainStepSettings& settings) {
  torch::Tensor x_t_BCHW;
  torch::Tensor target_BCHW;
  {
    const torch::NoGradGuard no_grad;
    x_t_BCHW = add_noise(inputs.x0_BCHW, inputs.eps_BCHW, inputs.t_B, schedule)
                   .to(settings.dtype, /*non_blocking=*/false, /*copy=*/false,
                       settings.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
    target_BCHW = prediction_target(settings.prediction, inputs.x0_BCHW, inputs.eps_BCHW, inputs.t_B, schedule);
  }
  const torch::Tensor output_BCHW = unet.forward(weights, x_t_BCHW, inputs.t_B, inputs.context_BLD.to(settings.dtype), settings.run);
  return (output_BCHW.to(torch::kFloat32) - target_BCHW).square().flatten(1).mean(1);
}

}  // namespace

TrainLosses train_step(const UNetModel& unet, const Weights& leaves, const TrainInputs& inputs, const NoiseSchedule& schedule,
                       const TrainStepSettings& settings) {
  const torch::Tensor mse_B = error_per_sample(unet, leaves, inputs, schedule, settings);
  const torch::Tensor weight_B = settings.min_snr_gamma > 0
                                     ? min_snr_weight(inputs.t_B, schedule, settings.min_snr_gamma, settings.prediction)
                                     : torch::ones_like(mse_B, mse_B.options().requires_grad(false));
  const torch::Tensor loss = (weight_B * mse_B).mean() * settings.loss_scale;
  loss.backward();
  return {mse_B.detach(), weight_B};
}

torch::Tensor denoising_error(const UNetModel& unet, const Weights& weights, const TrainInputs& inputs, const NoiseSchedule& schedule,
                              const TrainStepSettings& settings) {
  const torch::NoGradGuard no_grad;
  return error_per_sample(unet, weights, inputs, schedule, settings);
}

}  // namespace darkroom
