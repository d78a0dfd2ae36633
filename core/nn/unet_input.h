// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/nn/unet.h"

namespace darkroom {

/// The arguments of UNetModel::forward, checked and in the dtype of the weights.
struct UNetInput {
  torch::Tensor x_BCHW;
  torch::Tensor context_BLD;
  std::optional<torch::Tensor> mask;  ///< bool [B,1,1,L]
};

/// throws std::invalid_argument "[where] …" naming the argument and the shape given
UNetInput prepare_unet_input(const char* where, const UNetModel& model, const Weights& weights, const torch::Tensor& x_BCHW,
                             const torch::Tensor& t_B, const torch::Tensor& context_BLD, const UNetRun& run);

}  // namespace darkroom
