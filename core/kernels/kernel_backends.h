// SPDX-License-Identifier: Apache-2.0
// The device-specific halves behind the kernels' headers; nobody else includes this.
#pragma once

#include "core/kernels/adamw8bit.h"
#include "core/kernels/adamw_ema.h"

namespace darkroom::kernels {

void adamw_ema_step_cpu(const AdamwEmaBuffers& buffers, const AdamwEmaStep& step, const torch::Tensor& gradient_norm);
void adamw8bit_step_cpu(const AdamwEmaBuffers& buffers, const QuantizedMoments& moments, const AdamwEmaStep& step,
                        const torch::Tensor& gradient_norm);
torch::Tensor grad_norm_cpu(const torch::Tensor& flat);

/// In a build without CUDA all throw Error{failed}.
void adamw_ema_step_cuda(const AdamwEmaBuffers& buffers, const AdamwEmaStep& step, const torch::Tensor& gradient_norm);
void adamw8bit_step_cuda(const AdamwEmaBuffers& buffers, const QuantizedMoments& moments, const AdamwEmaStep& step,
                         const torch::Tensor& gradient_norm);
torch::Tensor grad_norm_cuda(const torch::Tensor& flat);

/// Factors that are the same for every element, rounded once.
struct AdamwEmaFactors {
  float decay = 1;  ///< 1 - lr weight_decay
  float beta1 = 0;
  float one_minus_beta1 = 0;
  float beta2 = 0;
  float one_minus_beta2 = 0;
  float step_size = 0;                 ///< lr / (1 - beta1^step)
  float inverse_root_correction2 = 0;  ///< 1 / sqrt(1 - beta2^step)
  float eps = 0;
  float one_minus_ema = 0;     ///< 1 - ema_decay
  float one_minus_second = 0;  ///< of more_emas
  float one_minus_third = 0;
};
AdamwEmaFactors factors_of(const AdamwEmaStep& step);

/// Elements a block of the norm's fixed order.
inline constexpr int64_t norm_block = 65536;

}  // namespace darkroom::kernels
