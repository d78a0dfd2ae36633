// SPDX-License-Identifier: Apache-2.0
// Ho et al. 2020, algorithm 1, with Min-SNR. The weight multiplies the per-sample mean, so gamma does not change the sample count's
// meaning.
#include "core/train/train_step.h"

#include "core/base/format.h"
#include "core/diffusion/min_snr.h"

namespace darkroom {
namespace {

struct SampleErrors {
  torch::Tensor mse_B;
  torch::Tensor loss_B;
};

SampleErrors error_per_sample(const UNetModel& unet, const Weights& weights, const TrainInputs& inputs, const NoiseSchedule& schedule,
                              const TrainStepSettings& settings) {
  torch::Tensor x_t_BCHW;
  torch::Tensor target_BCHW;
  {
    const torch::NoGradGuard no_grad;
    x_t_BCHW = noisy_input(settings.prediction, inputs.x0_BCHW, inputs.eps_BCHW, inputs.t_B, schedule)
                   .to(settings.dtype, /*non_blocking=*/false, /*copy=*/false,
                       settings.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
    target_BCHW = prediction_target(settings.prediction, inputs.x0_BCHW, inputs.eps_BCHW, inputs.t_B, schedule);
  }
  const torch::Tensor output_BCHW =
      unet.forward(weights, x_t_BCHW, told_time(settings.prediction, inputs.t_B), inputs.context_BLD.to(settings.dtype), settings.run);
  const torch::Tensor square_BCHW = (output_BCHW.to(torch::kFloat32) - target_BCHW).square();
  torch::Tensor mse_B = square_BCHW.flatten(1).mean(1);
  if (settings.loss == Loss::mse) {
    return {mse_B, mse_B};
  }
  const double delta = settings.huber_delta;
  if (!(delta > 0)) {
    throw std::invalid_argument(format("[train_step] huber_delta must be positive, got {}", delta));
  }
  return {std::move(mse_B), (2 * delta * ((square_BCHW + delta * delta).sqrt() - delta)).flatten(1).mean(1)};
}

torch::Tensor weight_per_sample(const torch::Tensor& t_B, const NoiseSchedule& schedule, const TrainStepSettings& settings) {
  return settings.min_snr_gamma > 0 ? min_snr_weight(t_B, schedule, settings.min_snr_gamma, settings.prediction)
                                    : torch::ones({t_B.size(0)}, t_B.options().dtype(torch::kFloat32));
}

}  // namespace

Loss loss_from_name(std::string_view name) {
  if (name == "mse") {
    return Loss::mse;
  }
  if (name == "huber") {
    return Loss::huber;
  }
  throw std::invalid_argument(format("[loss_from_name] there is no loss \"{}\"", name));
}

TrainLosses train_step(const UNetModel& unet, const Weights& leaves, const TrainInputs& inputs, const NoiseSchedule& schedule,
                       const TrainStepSettings& settings) {
  const SampleErrors errors = error_per_sample(unet, leaves, inputs, schedule, settings);
  const torch::Tensor weight_B = weight_per_sample(inputs.t_B, schedule, settings);
  const torch::Tensor loss = (weight_B * errors.loss_B).mean() * settings.loss_scale;
  loss.backward();
  return {errors.mse_B.detach(), weight_B, errors.loss_B.detach()};
}

TrainLosses denoising_error(const UNetModel& unet, const Weights& weights, const TrainInputs& inputs, const NoiseSchedule& schedule,
                            const TrainStepSettings& settings) {
  const torch::NoGradGuard no_grad;
  const SampleErrors errors = error_per_sample(unet, weights, inputs, schedule, settings);
  return {errors.mse_B, weight_per_sample(inputs.t_B, schedule, settings), errors.loss_B};
}

}  // namespace darkroom
