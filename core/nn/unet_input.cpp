// SPDX-License-Identifier: Apache-2.0
#include "core/nn/unet_input.h"

#include "core/base/format.h"
#include "core/nn/attention.h"
#include "core/nn/layers.h"

namespace darkroom {

UNetInput prepare_unet_input(const char* where, const UNetModel& model, const Weights& weights, const torch::Tensor& x_BCHW,
                             const torch::Tensor& t_B, const torch::Tensor& context_BLD, const UNetRun& run) {
  require_weights(model.layout(), weights, where);
  if (x_BCHW.dim() != 4 || x_BCHW.size(1) != model.in_channels()) {
    throw std::invalid_argument(format("[{}] x must be [B,{},H,W], got [{}]", where, model.in_channels(), fmt::join(x_BCHW.sizes(), ",")));
  }
  const int64_t batch = x_BCHW.size(0);
  if (t_B.dim() != 1 || (t_B.size(0) != batch && t_B.size(0) != 1)) {
    throw std::invalid_argument(format("[{}] t must be [{}] or [1], got [{}]", where, batch, fmt::join(t_B.sizes(), ",")));
  }
  if (context_BLD.dim() != 3 || context_BLD.size(0) != batch || context_BLD.size(2) != model.context_dim()) {
    throw std::invalid_argument(
        format("[{}] context must be [{},L,{}], got [{}]", where, batch, model.context_dim(), fmt::join(context_BLD.sizes(), ",")));
  }
  UNetInput input;
  const torch::ScalarType dtype = weights.front().scalar_type();
  input.x_BCHW = x_BCHW.to(dtype);
  input.context_BLD = context_BLD.to(dtype);
  if (run.context_cache != nullptr) {
    run.context_cache->begin(context_BLD);
  }
  if (run.context_mask_BL) {
    const torch::Tensor& mask_BL = *run.context_mask_BL;
    if (mask_BL.dim() != 2 || mask_BL.size(0) != batch || mask_BL.size(1) != context_BLD.size(1)) {
      throw std::invalid_argument(
          format("[{}] context mask must be [{},{}], got [{}]", where, batch, context_BLD.size(1), fmt::join(mask_BL.sizes(), ",")));
    }
    input.mask = mask_BL.to(torch::kBool).unsqueeze(1).unsqueeze(1);
  }
  return input;
}

}  // namespace darkroom
