// SPDX-License-Identifier: Apache-2.0
// Loshchilov & Hutter 2019. Checks and factors; the passes themselves are in adamw_ema_cpu.cpp and adamw_ema_cuda.cu.
#include "core/kernels/adamw_ema.h"

#include "core/base/format.h"
#include "core/kernels/grad_norm.h"
#include "core/kernels/kernel_backends.h"

namespace darkroom {
namespace {

void check_buffer(const char* name, const torch::Tensor& tensor, torch::ScalarType dtype, const torch::Tensor& like) {
  if (tensor.dim() != 1 || tensor.scalar_type() != dtype || tensor.numel() != like.numel() || tensor.device() != like.device() ||
      !tensor.is_contiguous()) {
    throw std::invalid_argument(format("[adamw_ema_step] {} must be contiguous {} [{}] on {}, got {} [{}] on {}", name,
                                       c10::toString(dtype), like.numel(), like.device().str(), c10::toString(tensor.scalar_type()),
                                       fmt::join(tensor.sizes(), ","), tensor.device().str()));
  }
}

}  // namespace

namespace kernels {

AdamwEmaFactors factors_of(const AdamwEmaStep& step) {
  const auto power = static_cast<double>(step.step);
  AdamwEmaFactors factors;
  factors.decay = static_cast<float>(1 - step.lr * step.weight_decay);
  factors.beta1 = static_cast<float>(step.beta1);
  factors.one_minus_beta1 = static_cast<float>(1 - step.beta1);
  factors.beta2 = static_cast<float>(step.beta2);
  factors.one_minus_beta2 = static_cast<float>(1 - step.beta2);
  factors.step_size = static_cast<float>(step.lr / (1 - std::pow(step.beta1, power)));
  factors.inverse_root_correction2 = static_cast<float>(1 / std::sqrt(1 - std::pow(step.beta2, power)));
  factors.eps = static_cast<float>(step.eps);
  factors.one_minus_ema = static_cast<float>(1 - step.ema_decay);
  const auto more = [&step](size_t index) { return index < step.more_ema_decays.size() ? 1 - step.more_ema_decays[index] : 0.0; };
  factors.one_minus_second = static_cast<float>(more(0));
  factors.one_minus_third = static_cast<float>(more(1));
  return factors;
}

}  // namespace kernels

void adamw_ema_step(const AdamwEmaBuffers& buffers, const AdamwEmaStep& step, const torch::Tensor& gradient_norm) {
  check_buffer("master", buffers.master, torch::kFloat32, buffers.master);
  check_buffer("gradient", buffers.gradient, torch::kFloat32, buffers.master);
  check_buffer("exp_avg", buffers.exp_avg, torch::kFloat32, buffers.master);
  check_buffer("exp_avg_sq", buffers.exp_avg_sq, torch::kFloat32, buffers.master);
  check_buffer("ema", buffers.ema, torch::kFloat32, buffers.master);
  if (buffers.more_emas.size() > most_extra_emas || buffers.more_emas.size() != step.more_ema_decays.size()) {
    throw std::invalid_argument(format("[adamw_ema_step] at most {} further EMAs with a decay each, got {} and {} decays", most_extra_emas,
                                       buffers.more_emas.size(), step.more_ema_decays.size()));
  }
  for (const torch::Tensor& ema : buffers.more_emas) {
    check_buffer("a further EMA", ema, torch::kFloat32, buffers.master);
  }
  if (buffers.working) {
    check_buffer("working", *buffers.working, torch::kBFloat16, buffers.master);
  }
  if (gradient_norm.dim() != 0 || gradient_norm.scalar_type() != torch::kFloat64 || gradient_norm.device() != buffers.master.device()) {
    throw std::invalid_argument(format("[adamw_ema_step] gradient_norm must be one float64 on {}, got {} [{}] on {}",
                                       buffers.master.device().str(), c10::toString(gradient_norm.scalar_type()),
                                       fmt::join(gradient_norm.sizes(), ","), gradient_norm.device().str()));
  }
  if (step.step < 1) {
    throw std::invalid_argument(format("[adamw_ema_step] step counts from 1, got {}", step.step));
  }
  const torch::NoGradGuard no_grad;
  if (buffers.master.is_cuda()) {
    kernels::adamw_ema_step_cuda(buffers, step, gradient_norm);
  } else {
    kernels::adamw_ema_step_cpu(buffers, step, gradient_norm);
  }
}

torch::Tensor grad_norm(const torch::Tensor& flat) {
  if (flat.dim() != 1 || flat.scalar_type() != torch::kFloat32 || !flat.is_contiguous()) {
    throw std::invalid_argument(format("[grad_norm] flat must be contiguous float32 [N], got {} [{}]", c10::toString(flat.scalar_type()),
                                       fmt::join(flat.sizes(), ",")));
  }
  return flat.is_cuda() ? kernels::grad_norm_cuda(flat) : kernels::grad_norm_cpu(flat);
}

double ema_decay_at(double decay, bool warmup, int64_t step) {
  const auto n = static_cast<double>(step);
  return warmup ? std::min(decay, (1 + n) / (10 + n)) : decay;
}

}  // namespace darkroom
