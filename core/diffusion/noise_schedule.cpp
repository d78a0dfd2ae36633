// SPDX-License-Identifier: Apache-2.0
// Ho et al. 2020 (DDPM). 1 - beta and the products are rounded to float32, as in diffusers and CompVis: near the clean end a sigma is made
// of 1 - alpha_bar, where exact values would move it by 1e-5. Sigmas are within 3e-7 of theirs.
#include "core/diffusion/noise_schedule.h"

#include "core/base/format.h"

namespace darkroom {
namespace {

NoiseSchedule from_alpha_bar(std::vector<double> alpha_bar, torch::Device device) {
  NoiseSchedule schedule;
  schedule.alpha_bar = std::move(alpha_bar);
  const torch::Tensor exact = torch::tensor(schedule.alpha_bar, torch::kFloat64);
  schedule.alpha_bar_T = exact.to(torch::kFloat32).to(device);
  schedule.sqrt_alpha_bar_T = exact.sqrt().to(torch::kFloat32).to(device);
  schedule.sqrt_one_minus_bar_T = (1 - exact).sqrt().to(torch::kFloat32).to(device);
  return schedule;
}

NoiseSchedule from_betas(const std::vector<double>& betas, torch::Device device) {
  std::vector<double> alpha_bar;
  alpha_bar.reserve(betas.size());
  double product = 1;
  for (const double beta : betas) {
    product *= static_cast<double>(static_cast<float>(1 - beta));
    alpha_bar.push_back(static_cast<double>(static_cast<float>(product)));
  }
  return from_alpha_bar(std::move(alpha_bar), device);
}

void check_betas(const char* where, double beta_start, double beta_end, int64_t train_steps) {
  if (!(beta_start > 0 && beta_start <= beta_end && beta_end < 1) || train_steps < 1) {
    throw std::invalid_argument(format("[{}] needs 0 < beta_start <= beta_end < 1 and train_steps >= 1, got {}, {} and {}", where,
                                       beta_start, beta_end, train_steps));
  }
}

std::vector<double> evenly(double first, double last, int64_t count) {
  std::vector<double> values(static_cast<size_t>(count), first);
  for (int64_t i = 1; i < count; ++i) {
    values[static_cast<size_t>(i)] = first + (last - first) * static_cast<double>(i) / static_cast<double>(count - 1);
  }
  return values;
}

double number(const Json& config, const char* key, double otherwise, std::string_view where) {
  const auto found = config.find(key);
  if (found == config.end() || found->is_null()) {
    return otherwise;
  }
  if (!found->is_number()) {
    fail(ErrorCode::bad_input, "{}: /{}: expected a number, got {}", where, key, found->dump());
  }
  return found->get<double>();
}

std::string text(const Json& config, const char* key, const char* otherwise, std::string_view where) {
  const auto found = config.find(key);
  if (found == config.end() || found->is_null()) {
    return otherwise;
  }
  if (!found->is_string()) {
    fail(ErrorCode::bad_input, "{}: /{}: expected a word, got {}", where, key, found->dump());
  }
  return found->get<std::string>();
}

bool truth(const Json& config, const char* key, std::string_view where) {
  const auto found = config.find(key);
  if (found == config.end() || found->is_null()) {
    return false;
  }
  if (!found->is_boolean()) {
    fail(ErrorCode::bad_input, "{}: /{}: expected true or false, got {}", where, key, found->dump());
  }
  return found->get<bool>();
}

NoiseSchedule flow_from_config(const Json& config, std::string_view where, torch::Device device) {
  const auto train_steps = static_cast<int64_t>(number(config, "num_train_timesteps", 1000, where));
  if (train_steps < 1) {
    fail(ErrorCode::bad_input, "{}: /num_train_timesteps: expected a positive number, got {}", where, train_steps);
  }
  if (const double shift = number(config, "shift", 1, where); shift != 1) {
    fail(ErrorCode::bad_input, "{}: /shift: expected 1 (levels that are spread evenly), got {}", where, shift);
  }
  return NoiseSchedule::rectified_flow(train_steps, device);
}

}  // namespace

NoiseSchedule NoiseSchedule::rectified_flow(int64_t train_steps, torch::Device device) {
  if (train_steps < 1) {
    throw std::invalid_argument(format("[NoiseSchedule::rectified_flow] train_steps must be positive, got {}", train_steps));
  }
  std::vector<double> alpha_bar;
  alpha_bar.reserve(static_cast<size_t>(train_steps));
  for (int64_t t = 0; t < train_steps; ++t) {
    const double noise = static_cast<double>(t + 1) / static_cast<double>(train_steps);
    const double signal = 1 - noise;
    alpha_bar.push_back(signal * signal / (signal * signal + noise * noise));
  }
  return from_alpha_bar(std::move(alpha_bar), device);
}

NoiseSchedule NoiseSchedule::scaled_linear(double beta_start, double beta_end, int64_t train_steps, torch::Device device) {
  check_betas("NoiseSchedule::scaled_linear", beta_start, beta_end, train_steps);
  std::vector<double> betas = evenly(std::sqrt(beta_start), std::sqrt(beta_end), train_steps);
  for (double& beta : betas) {
    beta *= beta;
  }
  return from_betas(betas, device);
}

NoiseSchedule NoiseSchedule::linear(double beta_start, double beta_end, int64_t train_steps, torch::Device device) {
  check_betas("NoiseSchedule::linear", beta_start, beta_end, train_steps);
  return from_betas(evenly(beta_start, beta_end, train_steps), device);
}

NoiseSchedule NoiseSchedule::from_config(const Json& scheduler_config, std::string_view where, torch::Device device) {
  if (!scheduler_config.is_object()) {
    fail(ErrorCode::bad_input, "{}: expected a JSON object with the scheduler's settings", where);
  }
  if (text(scheduler_config, "_class_name", "", where) == "FlowMatchEulerDiscreteScheduler") {
    return flow_from_config(scheduler_config, where, device);
  }
  const double beta_start = number(scheduler_config, "beta_start", 1e-4, where);
  const double beta_end = number(scheduler_config, "beta_end", 2e-2, where);
  const auto train_steps = static_cast<int64_t>(number(scheduler_config, "num_train_timesteps", 1000, where));
  if (!(beta_start > 0 && beta_start <= beta_end && beta_end < 1) || train_steps < 1) {
    fail(ErrorCode::bad_input, "{}: beta_start {} and beta_end {} must lie in 0 … 1 in this order, num_train_timesteps {} must be positive",
         where, beta_start, beta_end, train_steps);
  }
  const std::string kind = text(scheduler_config, "beta_schedule", "linear", where);
  if (kind != "scaled_linear" && kind != "linear") {
    fail(ErrorCode::bad_input, "{}: /beta_schedule: expected \"scaled_linear\" or \"linear\", got \"{}\"", where, kind);
  }
  NoiseSchedule schedule =
      kind == "linear" ? linear(beta_start, beta_end, train_steps, device) : scaled_linear(beta_start, beta_end, train_steps, device);
  if (!truth(scheduler_config, "rescale_betas_zero_snr", where)) {
    return schedule;
  }
  if (const std::string prediction = text(scheduler_config, "prediction_type", "epsilon", where); prediction != "v_prediction") {
    fail(ErrorCode::bad_input, "{}: /rescale_betas_zero_snr: needs prediction_type \"v_prediction\", got \"{}\"", where, prediction);
  }
  return schedule.rescaled_zero_terminal_snr();
}

NoiseSchedule NoiseSchedule::rescaled_zero_terminal_snr() const {
  if (alpha_bar.size() < 2) {
    throw std::invalid_argument(format("[NoiseSchedule::rescaled_zero_terminal_snr] needs 2 train steps, got {}", alpha_bar.size()));
  }
  const double first = std::sqrt(alpha_bar.front());
  const double last = std::sqrt(alpha_bar.back());
  std::vector<double> rescaled;
  rescaled.reserve(alpha_bar.size());
  for (const double value : alpha_bar) {
    const double signal = (std::sqrt(value) - last) * first / (first - last);
    rescaled.push_back(signal * signal);
  }
  return from_alpha_bar(std::move(rescaled), alpha_bar_T.device());
}

torch::Tensor per_sample(const torch::Tensor& table_T, const torch::Tensor& t_B, int64_t dimensions) {
  if (t_B.dim() != 1 || t_B.scalar_type() != torch::kInt64) {
    throw std::invalid_argument(
        format("[per_sample] t_B must be int64 [B], got {} dimensions of {}", t_B.dim(), c10::toString(t_B.scalar_type())));
  }
  std::vector<int64_t> shape(static_cast<size_t>(std::max<int64_t>(dimensions, 1)), 1);
  shape[0] = t_B.size(0);
  return table_T.index_select(0, t_B).view(shape);
}

torch::Tensor add_noise(const torch::Tensor& x0_BCHW, const torch::Tensor& eps_BCHW, const torch::Tensor& t_B,
                        const NoiseSchedule& schedule) {
  if (x0_BCHW.sizes() != eps_BCHW.sizes() || t_B.dim() != 1 || t_B.size(0) != x0_BCHW.size(0)) {
    throw std::invalid_argument(format("[add_noise] x0 [{}], eps [{}] and t [{}] do not belong together", fmt::join(x0_BCHW.sizes(), ","),
                                       fmt::join(eps_BCHW.sizes(), ","), fmt::join(t_B.sizes(), ",")));
  }
  const torch::Tensor signal = per_sample(schedule.sqrt_alpha_bar_T, t_B, x0_BCHW.dim());
  const torch::Tensor noise = per_sample(schedule.sqrt_one_minus_bar_T, t_B, x0_BCHW.dim());
  return (signal * x0_BCHW + noise * eps_BCHW).to(x0_BCHW.scalar_type());
}

}  // namespace darkroom
