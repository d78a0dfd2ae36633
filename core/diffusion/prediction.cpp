// SPDX-License-Identifier: Apache-2.0
// Salimans & Ho 2022 for v. alpha_bar of the same schedule is used in both directions, so validation cannot read another one.
#include "core/diffusion/prediction.h"

#include "core/base/format.h"

namespace darkroom {

Prediction prediction_from_name(std::string_view name) {
  if (name == "epsilon") {
    return Prediction::epsilon;
  }
  if (name == "v_prediction" || name == "v") {
    return Prediction::v;
  }
  fail(ErrorCode::bad_input, "prediction must be \"epsilon\" or \"v_prediction\", got \"{}\"", name);
}

std::string_view prediction_name(Prediction prediction) { return prediction == Prediction::epsilon ? "epsilon" : "v_prediction"; }

torch::Tensor prediction_target(Prediction prediction, const torch::Tensor& x0_BCHW, const torch::Tensor& eps_BCHW,
                                const torch::Tensor& t_B, const NoiseSchedule& schedule) {
  if (x0_BCHW.sizes() != eps_BCHW.sizes() || t_B.dim() != 1 || t_B.size(0) != x0_BCHW.size(0)) {
    throw std::invalid_argument(format("[prediction_target] x0 [{}], eps [{}] and t [{}] do not belong together",
                                       fmt::join(x0_BCHW.sizes(), ","), fmt::join(eps_BCHW.sizes(), ","), fmt::join(t_B.sizes(), ",")));
  }
  if (prediction == Prediction::epsilon) {
    return eps_BCHW;
  }
  const torch::Tensor signal = per_sample(schedule.sqrt_alpha_bar_T, t_B, x0_BCHW.dim());
  const torch::Tensor noise = per_sample(schedule.sqrt_one_minus_bar_T, t_B, x0_BCHW.dim());
  return (signal * eps_BCHW - noise * x0_BCHW).to(eps_BCHW.scalar_type());
}

Denoised denoised_from_output(Prediction prediction, const torch::Tensor& output, const torch::Tensor& x_t, double alpha_bar) {
  if (output.sizes() != x_t.sizes() || !(alpha_bar >= 0 && alpha_bar <= 1)) {
    throw std::invalid_argument(format("[denoised_from_output] output [{}] must match x_t [{}] and alpha_bar {} lie in [0, 1]",
                                       fmt::join(output.sizes(), ","), fmt::join(x_t.sizes(), ","), alpha_bar));
  }
  const double signal = std::sqrt(alpha_bar);
  const double noise = std::sqrt(1 - alpha_bar);
  if (prediction == Prediction::v) {
    return {signal * x_t - noise * output, signal * output + noise * x_t};
  }
  if (alpha_bar == 0) {
    throw std::invalid_argument("[denoised_from_output] epsilon at alpha_bar 0 says nothing about x0: such a schedule needs a model of v");
  }
  return {(x_t - noise * output) / signal, output};
}

}  // namespace darkroom
