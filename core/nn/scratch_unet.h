// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/nn/unet.h"

namespace darkroom {

/// The source run's UNet: transformers inside the residual blocks, one skip a block, transposed convolutions on the way up, no gating.
/// throws std::invalid_argument for a config that cannot be built
std::unique_ptr<UNetModel> make_scratch_unet(const UNetConfig& config);

}  // namespace darkroom
