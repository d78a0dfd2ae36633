// SPDX-License-Identifier: Apache-2.0
// Salimans & Ho 2022 for v. alpha_bar of the same schedule is used in both directions, so validation cannot read another one.
#include "core/diffusion/prediction.h"

#include "core/base/format.h"

namespace darkroom {
namespace {

void check_sample(const char* where, const torch::Tensor& x0_BCHW, const torch::Tensor& eps_BCHW, const torch::Tensor& t_B) {
  if (x0_BCHW.sizes() != eps_BCHW.sizes() || t_B.dim() != 1 || t_B.scalar_type() != torch::kInt64 || t_B.size(0) != x0_BCHW.size(0)) {
    throw std::invalid_argument(format("[{}] x0 [{}], eps [{}] and int64 t [{}] do not belong together", where,
                                       fmt::join(x0_BCHW.sizes(), ","), fmt::join(eps_BCHW.sizes(), ","), fmt::join(t_B.sizes(), ",")));
  }
}

}  // namespace

Prediction prediction_from_name(std::string_view name) {
  if (name == "epsilon") {
    return Prediction::epsilon;
  }
  if (name == "v_prediction" || name == "v") {
    return Prediction::v;
  }
  if (name == "flow") {
    return Prediction::flow;
  }
  fail(ErrorCode::bad_input, "prediction must be \"epsilon\", \"v_prediction\" or \"flow\", got \"{}\"", name);
}

std::string_view prediction_name(Prediction prediction) {
  switch (prediction) {
    case Prediction::epsilon:
      return "epsilon";
    case Prediction::v:
      return "v_prediction";
    case Prediction::flow:
      return "flow";
  }
  throw std::invalid_argument("[prediction_name] unknown Prediction");
}

Prediction prediction_of_scheduler(const Json& scheduler) {
  if (!scheduler.is_object()) {
    return Prediction::epsilon;
  }
  if (const auto found = scheduler.find("prediction_type"); found != scheduler.end() && !found->is_null()) {
    return prediction_from_name(found->is_string() ? found->get_ref<const std::string&>() : found->dump());
  }
  const auto name = scheduler.find("_class_name");
  const bool flow = name != scheduler.end() && name->is_string() && name->get_ref<const std::string&>().starts_with("FlowMatch");
  return flow ? Prediction::flow : Prediction::epsilon;
}

double flow_level_of(double alpha_bar) {
  const double noise = std::sqrt(1 - alpha_bar);
  return noise / (std::sqrt(alpha_bar) + noise);
}

double flow_scale(double level) { return std::sqrt((1 - level) * (1 - level) + level * level); }

torch::Tensor noisy_input(Prediction prediction, const torch::Tensor& x0_BCHW, const torch::Tensor& eps_BCHW, const torch::Tensor& t_B,
                          const NoiseSchedule& schedule) {
  if (prediction != Prediction::flow) {
    return add_noise(x0_BCHW, eps_BCHW, t_B, schedule);
  }
  check_sample("noisy_input", x0_BCHW, eps_BCHW, t_B);
  std::vector<int64_t> shape(static_cast<size_t>(x0_BCHW.dim()), 1);
  shape[0] = t_B.size(0);
  const torch::Tensor level = (t_B + 1).to(torch::kFloat32).div(static_cast<double>(schedule.train_steps())).view(shape);
  return ((1 - level) * x0_BCHW + level * eps_BCHW).to(x0_BCHW.scalar_type());
}

torch::Tensor told_time(Prediction prediction, const torch::Tensor& t_B) { return prediction == Prediction::flow ? t_B + 1 : t_B; }

torch::Tensor prediction_target(Prediction prediction, const torch::Tensor& x0_BCHW, const torch::Tensor& eps_BCHW,
                                const torch::Tensor& t_B, const NoiseSchedule& schedule) {
  check_sample("prediction_target", x0_BCHW, eps_BCHW, t_B);
  if (prediction == Prediction::epsilon) {
    return eps_BCHW;
  }
  if (prediction == Prediction::flow) {
    return eps_BCHW - x0_BCHW;
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
  if (prediction == Prediction::flow) {
    const double level = flow_level_of(alpha_bar);
    const torch::Tensor x_s = flow_scale(level) * x_t;
    return {x_s - level * output, x_s + (1 - level) * output};
  }
  if (alpha_bar == 0) {
    throw std::invalid_argument(
        "[denoised_from_output] epsilon at alpha_bar 0 says nothing about x0: such a schedule needs a model of v or of a flow");
  }
  return {(x_t - noise * output) / signal, output};
}

}  // namespace darkroom
