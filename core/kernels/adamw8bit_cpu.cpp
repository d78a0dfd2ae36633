// SPDX-License-Identifier: Apache-2.0
// A block is decoded, updated and encoded in the first-level cache.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "core/kernels/kernel_backends.h"

namespace darkroom::kernels {
namespace {

using Block = std::array<float, quantization_block>;

struct Code {
  const float* value;
  std::array<float, 255> border;  ///< between a value and the next

  explicit Code(const torch::Tensor& code) : value(code.data_ptr<float>()), border() {
    for (size_t i = 0; i < border.size(); ++i) {
      border[i] = (value[i] + value[i + 1]) / 2;
    }
  }
  uint8_t nearest(float x) const { return static_cast<uint8_t>(std::lower_bound(border.begin(), border.end(), x) - border.begin()); }
};

float largest(const Block& values, int64_t count) {
  float most = 0;
  for (int64_t i = 0; i < count; ++i) {
    most = std::max(most, std::abs(values[static_cast<size_t>(i)]));
  }
  return most;
}

void encode(const Block& values, int64_t count, const Code& code, bool keeps_from_zero, uint8_t* bytes, float* scale) {
  const float most = largest(values, count);
  *scale = most;
  const uint8_t zero = code.nearest(0);
  for (int64_t i = 0; i < count; ++i) {
    const float value = values[static_cast<size_t>(i)];
    const uint8_t byte = code.nearest(most > 0 ? value / most : 0.0F);
    bytes[i] = keeps_from_zero && value > 0 && byte == zero ? static_cast<uint8_t>(zero + 1) : byte;
  }
}

uint16_t bf16_bits(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return static_cast<uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

}  // namespace

void adamw8bit_step_cpu(const AdamwEmaBuffers& buffers, const QuantizedMoments& moments, const AdamwEmaStep& step,
                        const torch::Tensor& gradient_norm) {
  const double norm = gradient_norm.item<double>();
  if (std::isfinite(norm)) {
    const auto scale = static_cast<float>(step.clip_norm > 0 ? std::min(1.0, step.clip_norm / (norm + 1e-6)) : 1.0);
    const AdamwEmaFactors f = factors_of(step);
    const Code signed_code(moments.signed_code);
    const Code unsigned_code(moments.unsigned_code);
    const auto* begins = moments.begin.data_ptr<int64_t>();
    const auto* counts = moments.count.data_ptr<int64_t>();
    auto* master = buffers.master.data_ptr<float>();
    const auto* gradient = buffers.gradient.data_ptr<float>();
    auto* first = moments.exp_avg.data_ptr<uint8_t>();
    auto* second = moments.exp_avg_sq.data_ptr<uint8_t>();
    auto* first_scale = moments.exp_avg_scale.data_ptr<float>();
    auto* second_scale = moments.exp_avg_sq_scale.data_ptr<float>();
    auto* working = buffers.working ? reinterpret_cast<uint16_t*>(buffers.working->data_ptr<at::BFloat16>()) : nullptr;
    std::vector<std::pair<float*, float>> emas{{buffers.ema.data_ptr<float>(), f.one_minus_ema}};
    for (size_t i = 0; i < buffers.more_emas.size(); ++i) {
      emas.emplace_back(buffers.more_emas[i].data_ptr<float>(), i == 0 ? f.one_minus_second : f.one_minus_third);
    }
    at::parallel_for(0, moments.begin.numel(), 64, [&](int64_t from, int64_t to) {
      Block m{};
      Block v{};
      for (int64_t k = from; k < to; ++k) {
        const int64_t begin = begins[k];
        const int64_t count = counts[k];
        for (int64_t i = 0; i < count; ++i) {
          const int64_t at = begin + i;
          const auto slot = static_cast<size_t>(i);
          const float g = gradient[at] * scale;
          const float old_m = signed_code.value[first[at]] * first_scale[k];
          m[slot] = old_m + (g - old_m) * f.one_minus_beta1;
          v[slot] = unsigned_code.value[second[at]] * second_scale[k] * f.beta2 + g * g * f.one_minus_beta2;
          master[at] = master[at] * f.decay - f.step_size * (m[slot] / (std::sqrt(v[slot]) * f.inverse_root_correction2 + f.eps));
        }
        encode(m, count, signed_code, false, first + begin, first_scale + k);
        encode(v, count, unsigned_code, true, second + begin, second_scale + k);
        for (const auto& [ema, one_minus] : emas) {
          for (int64_t at = begin; at < begin + count; ++at) {
            ema[at] += (master[at] - ema[at]) * one_minus;
          }
        }
        if (working != nullptr) {
          std::transform(master + begin, master + begin + count, working + begin, bf16_bits);
        }
      }
    });
  }
  buffers.gradient.zero_();
}

}  // namespace darkroom::kernels
