// SPDX-License-Identifier: Apache-2.0
// Shapes: B samples of a micro-step, C channels, H W latents, L tokens, D width of the text states, T train steps.
#pragma once

#include <torch/types.h>

#include <string_view>

#include "core/diffusion/noise_schedule.h"
#include "core/diffusion/prediction.h"
#include "core/nn/unet.h"

namespace darkroom {

/// The samples of one micro-step, on the device.
struct TrainInputs {
  torch::Tensor x0_BCHW;      ///< float32, clean latents
  torch::Tensor eps_BCHW;     ///< float32, noise
  torch::Tensor t_B;          ///< int64
  torch::Tensor context_BLD;  ///< text states; dropped captions already replaced
};

enum class Loss {
  mse,    ///< e^2
  huber,  ///< 2 delta (sqrt(e^2 + delta^2) - delta): e^2 where e is small, 2 delta |e| where it is large
};

/// "mse" or "huber". throws std::invalid_argument for another word
Loss loss_from_name(std::string_view name);

struct TrainStepSettings {
  Prediction prediction = Prediction::epsilon;
  Loss loss = Loss::mse;
  double huber_delta = 0.1;                   ///< of Loss::huber
  double min_snr_gamma = 5.0;                 ///< 0: every sample weighs 1
  double loss_scale = 1.0;                    ///< multiplies the loss that is differentiated: 1 / (micro-steps of a rank * world size)
  torch::ScalarType dtype = torch::kFloat32;  ///< of the network's input; the loss is computed in float32
  bool channels_last = true;
  UNetRun run;
};

/// Losses of a micro-step: tensors on the device, without gradient, not yet read.
struct TrainLosses {
  torch::Tensor mse_B;     ///< float32, mean squared error of each sample
  torch::Tensor weight_B;  ///< float32, its Min-SNR weight
  torch::Tensor loss_B;    ///< float32, its mean loss: mse_B, or Huber's; weight_B * loss_B is what is learnt from
};

/// One forward and backward pass: x_t = noisy_input(x0, t, eps); loss = mean over B of weight * loss(UNet(x_t, t, context), target), in
/// float32; gradients of loss * loss_scale are added to those of the leaves. No I/O, no clock, no random number: a function of its
/// arguments.
///
/// leaves   the UNet's weights in slot order, requiring gradients
/// throws   what the UNet throws; std::invalid_argument as noisy_input and min_snr_weight, or huber_delta <= 0
/// source   Ho et al. 2020, arXiv:2006.11239, algorithm 1; Hang et al. 2023, arXiv:2303.09556; Huber's loss in the smooth form of
///          Charbonnier et al. 1997 and diffusers' training scripts
TrainLosses train_step(const UNetModel& unet, const Weights& leaves, const TrainInputs& inputs, const NoiseSchedule& schedule,
                       const TrainStepSettings& settings);

/// The same losses without gradients: for validation. loss_scale is not used.
TrainLosses denoising_error(const UNetModel& unet, const Weights& weights, const TrainInputs& inputs, const NoiseSchedule& schedule,
                            const TrainStepSettings& settings);

}  // namespace darkroom
