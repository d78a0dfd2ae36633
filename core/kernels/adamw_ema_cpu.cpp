// SPDX-License-Identifier: Apache-2.0
// One read and one write of each buffer: about 40 bytes an element, so the pass runs at the memory's speed. The loops are plain; the list
// of instruction sets (DARKROOM_CLONES, from CMake) lets the compiler make one copy each and the loader choose.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "core/kernels/kernel_backends.h"

namespace darkroom::kernels {
namespace {

struct Span {
  float* __restrict master;
  float* __restrict gradient;
  float* __restrict exp_avg;
  float* __restrict exp_avg_sq;
  float* __restrict ema;
};

DARKROOM_CLONES void update(Span span, int64_t count, float scale, AdamwEmaFactors f) {
  float* __restrict master = span.master;
  float* __restrict gradient = span.gradient;
  float* __restrict exp_avg = span.exp_avg;
  float* __restrict exp_avg_sq = span.exp_avg_sq;
  float* __restrict ema = span.ema;
  for (int64_t i = 0; i < count; ++i) {
    const float g = gradient[i] * scale;
    gradient[i] = 0;
    const float m = exp_avg[i] + (g - exp_avg[i]) * f.one_minus_beta1;
    const float v = exp_avg_sq[i] * f.beta2 + g * g * f.one_minus_beta2;
    exp_avg[i] = m;
    exp_avg_sq[i] = v;
    const float w = master[i] * f.decay - f.step_size * (m / (__builtin_sqrtf(v) * f.inverse_root_correction2 + f.eps));
    master[i] = w;
    ema[i] = ema[i] + (w - ema[i]) * f.one_minus_ema;
  }
}

DARKROOM_CLONES void follow(const float* __restrict master, float* __restrict ema, int64_t count, float one_minus) {
  for (int64_t i = 0; i < count; ++i) {
    ema[i] = ema[i] + (master[i] - ema[i]) * one_minus;
  }
}

// Round to nearest, ties to even.
DARKROOM_CLONES void round_to_bf16(const float* __restrict from, uint16_t* __restrict to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<uint32_t>(from[i]);
    to[i] = static_cast<uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
  }
}

constexpr int64_t lanes = 16;

DARKROOM_CLONES double square_sum(const float* __restrict values, int64_t count) {
  double lane[lanes] = {};
  const int64_t whole = count / lanes * lanes;
  for (int64_t i = 0; i < whole; i += lanes) {
    for (int64_t k = 0; k < lanes; ++k) {
      const auto x = static_cast<double>(values[i + k]);
      lane[k] += x * x;
    }
  }
  for (int64_t i = whole; i < count; ++i) {
    const auto x = static_cast<double>(values[i]);
    lane[i - whole] += x * x;
  }
  double sum = 0;
  for (const double part : lane) {
    sum += part;
  }
  return sum;
}

constexpr int64_t chunk = 16384;  // elements: the bf16 copy and further EMAs read weights that are still in the cache

}  // namespace

void adamw_ema_step_cpu(const AdamwEmaBuffers& buffers, const AdamwEmaStep& step, const torch::Tensor& gradient_norm) {
  const double norm = gradient_norm.item<double>();
  if (!std::isfinite(norm)) {
    buffers.gradient.zero_();
    return;
  }
  const auto scale = static_cast<float>(step.clip_norm > 0 ? std::min(1.0, step.clip_norm / (norm + 1e-6)) : 1.0);
  const AdamwEmaFactors factors = factors_of(step);
  const Span whole{buffers.master.data_ptr<float>(), buffers.gradient.data_ptr<float>(), buffers.exp_avg.data_ptr<float>(),
                   buffers.exp_avg_sq.data_ptr<float>(), buffers.ema.data_ptr<float>()};
  uint16_t* working = buffers.working ? reinterpret_cast<uint16_t*>(buffers.working->data_ptr<at::BFloat16>()) : nullptr;
  std::vector<float*> more;
  for (const torch::Tensor& ema : buffers.more_emas) {
    more.push_back(ema.data_ptr<float>());
  }
  const int64_t total = buffers.master.numel();
  at::parallel_for(0, (total + chunk - 1) / chunk, 4, [&](int64_t first, int64_t last) {
    for (int64_t part = first; part < last; ++part) {
      const int64_t begin = part * chunk;
      const int64_t count = std::min(chunk, total - begin);
      update({whole.master + begin, whole.gradient + begin, whole.exp_avg + begin, whole.exp_avg_sq + begin, whole.ema + begin}, count,
             scale, factors);
      for (size_t extra = 0; extra < more.size(); ++extra) {
        follow(whole.master + begin, more[extra] + begin, count, extra == 0 ? factors.one_minus_second : factors.one_minus_third);
      }
      if (working != nullptr) {
        round_to_bf16(whole.master + begin, working + begin, count);
      }
    }
  });
}

torch::Tensor grad_norm_cpu(const torch::Tensor& flat) {
  const float* values = flat.data_ptr<float>();
  const int64_t total = flat.numel();
  std::vector<double> sums(static_cast<size_t>((total + norm_block - 1) / norm_block));
  at::parallel_for(0, static_cast<int64_t>(sums.size()), 1, [&](int64_t first, int64_t last) {
    for (int64_t block = first; block < last; ++block) {
      const int64_t begin = block * norm_block;
      sums[static_cast<size_t>(block)] = square_sum(values + begin, std::min(norm_block, total - begin));
    }
  });
  double sum = 0;
  for (const double part : sums) {
    sum += part;
  }
  return torch::scalar_tensor(std::sqrt(sum), torch::kFloat64);
}

}  // namespace darkroom::kernels
