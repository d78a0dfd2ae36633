// SPDX-License-Identifier: Apache-2.0
// Dettmers et al. 2021. Blocks follow the slots, so that a bias never shares a scale with a convolution beside it.
#include "core/kernels/adamw8bit.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/kernels/kernel_backends.h"

namespace darkroom {
namespace {

torch::Tensor code_tensor(bool is_signed, torch::Device device) {
  const std::array<float, 256> code = dynamic_code(is_signed);
  return torch::tensor(at::ArrayRef<float>(code.data(), code.size()), torch::kFloat32).to(device);
}

void check_flat_buffer(const char* name, const torch::Tensor& tensor, torch::ScalarType dtype, int64_t length,
                       const torch::Device& device) {
  if (!tensor.defined() || tensor.dim() != 1 || tensor.scalar_type() != dtype || tensor.numel() != length || tensor.device() != device ||
      !tensor.is_contiguous()) {
    throw std::invalid_argument(
        format("[adamw8bit_step] {} must be contiguous {} [{}] on {}", name, c10::toString(dtype), length, device.str()));
  }
}

}  // namespace

std::array<float, 256> dynamic_code(bool is_signed) {
  constexpr int decades = 7;
  std::vector<double> values{0.0, 1.0};
  for (int decade = 0; decade < decades; ++decade) {
    const double scale = std::pow(10.0, decade - decades + 1);
    const int count = (is_signed ? 1 : 2) << decade;  // values of this decade, in the middles of as many equal parts of 0.1 … 1
    for (int i = 0; i < count; ++i) {
      const double middle = scale * (0.1 + 0.9 * (i + 0.5) / count);
      values.push_back(middle);
      if (is_signed) {
        values.push_back(-middle);
      }
    }
  }
  std::sort(values.begin(), values.end());
  std::array<float, 256> code{};
  std::transform(values.begin(), values.end(), code.begin(), [](double value) { return static_cast<float>(value); });
  return code;
}

QuantizedMoments zero_moments(int64_t elements, const torch::Tensor& begin, const torch::Tensor& count, torch::Device device) {
  const int64_t blocks = begin.numel();
  if (begin.scalar_type() != torch::kInt64 || count.scalar_type() != torch::kInt64 || count.numel() != blocks) {
    throw std::invalid_argument(format("[zero_moments] begin and count must be int64 [K], got {} and {} values", blocks, count.numel()));
  }
  for (int64_t k = 0; k < blocks; ++k) {
    const int64_t first = begin.data_ptr<int64_t>()[k];
    const int64_t number = count.data_ptr<int64_t>()[k];
    if (first < 0 || number < 1 || number > quantization_block || first + number > elements) {
      throw std::invalid_argument(format("[zero_moments] block {} starts at {} with {} elements of {}", k, first, number, elements));
    }
  }
  const std::array<float, 256> code = dynamic_code(true);
  const auto zero = static_cast<int64_t>(std::find(code.begin(), code.end(), 0.0F) - code.begin());
  const auto bytes = torch::TensorOptions().dtype(torch::kUInt8).device(device);
  const auto floats = bytes.dtype(torch::kFloat32);
  return {.exp_avg = torch::full({elements}, zero, bytes),
          .exp_avg_scale = torch::zeros({blocks}, floats),
          .exp_avg_sq = torch::zeros({elements}, bytes),
          .exp_avg_sq_scale = torch::zeros({blocks}, floats),
          .begin = begin.to(device),
          .count = count.to(device),
          .signed_code = code_tensor(true, device),
          .unsigned_code = code_tensor(false, device)};
}

void adamw8bit_step(const AdamwEmaBuffers& buffers, const QuantizedMoments& moments, const AdamwEmaStep& step,
                    const torch::Tensor& gradient_norm) {
  const int64_t elements = buffers.master.numel();
  const int64_t blocks = moments.begin.numel();
  const torch::Device device = buffers.master.device();
  check_flat_buffer("master", buffers.master, torch::kFloat32, elements, device);
  check_flat_buffer("gradient", buffers.gradient, torch::kFloat32, elements, device);
  check_flat_buffer("ema", buffers.ema, torch::kFloat32, elements, device);
  for (const torch::Tensor& ema : buffers.more_emas) {
    check_flat_buffer("a further EMA", ema, torch::kFloat32, elements, device);
  }
  if (buffers.working) {
    check_flat_buffer("working", *buffers.working, torch::kBFloat16, elements, device);
  }
  check_flat_buffer("exp_avg", moments.exp_avg, torch::kUInt8, elements, device);
  check_flat_buffer("exp_avg_sq", moments.exp_avg_sq, torch::kUInt8, elements, device);
  check_flat_buffer("exp_avg_scale", moments.exp_avg_scale, torch::kFloat32, blocks, device);
  check_flat_buffer("exp_avg_sq_scale", moments.exp_avg_sq_scale, torch::kFloat32, blocks, device);
  check_flat_buffer("signed_code", moments.signed_code, torch::kFloat32, 256, device);
  check_flat_buffer("unsigned_code", moments.unsigned_code, torch::kFloat32, 256, device);
  if (gradient_norm.dim() != 0 || gradient_norm.scalar_type() != torch::kFloat64 || gradient_norm.device() != device || step.step < 1 ||
      buffers.more_emas.size() > most_extra_emas || buffers.more_emas.size() != step.more_ema_decays.size()) {
    throw std::invalid_argument(
        format("[adamw8bit_step] needs one float64 norm on {}, a step from 1 (got {}) and a decay for each of {} EMAs", device.str(),
               step.step, buffers.more_emas.size()));
  }
  const torch::NoGradGuard no_grad;
  if (device.is_cuda()) {
    kernels::adamw8bit_step_cuda(buffers, moments, step, gradient_norm);
  } else {
    kernels::adamw8bit_step_cpu(buffers, moments, step, gradient_norm);
  }
}

}  // namespace darkroom
