// SPDX-License-Identifier: Apache-2.0
// Source: Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance": how moments of two parts become those of both.
#include "core/base/format.h"
#include "core/kernels/group_norm.h"
#include "core/kernels/group_norm_backends.h"

namespace darkroom {
namespace {

bool has_kernel(const torch::Tensor& x_1CRW) { return x_1CRW.device().is_cpu() && group_norm_channels_last_takes(x_1CRW); }

// Mean and variance of each group, float64 [2,G].
torch::Tensor moments_of(const torch::Tensor& x_1CRW, int64_t groups) {
  if (has_kernel(x_1CRW)) {
    return kernels::group_norm_moments_cpu(x_1CRW, groups)[0].t();
  }
  const torch::Tensor values = x_1CRW.to(torch::kFloat32).reshape({groups, -1});
  const auto [variance, mean] = at::var_mean(values, at::OptionalIntArrayRef({1}), /*correction=*/at::Scalar(0), /*keepdim=*/false);
  return at::stack({mean, variance}, 0).to(torch::kDouble);
}

}  // namespace

StripGroupNorm::StripGroupNorm(int64_t groups) : groups_(groups) {
  if (groups < 1) {
    throw std::invalid_argument(format("[StripGroupNorm] groups must be at least 1, got {}", groups));
  }
}

void StripGroupNorm::add(const torch::Tensor& x_1CRW) {
  if (x_1CRW.dim() != 4 || x_1CRW.size(0) != 1 || x_1CRW.size(1) % groups_ != 0 || x_1CRW.numel() == 0) {
    throw std::invalid_argument(
        format("[StripGroupNorm] a strip must be [1,C,R,W] with {} groups dividing C, got [{}]", groups_, fmt::join(x_1CRW.sizes(), ",")));
  }
  const torch::Tensor moments = moments_of(x_1CRW, groups_);
  const int64_t added = x_1CRW.numel() / groups_;
  if (count_ == 0) {
    mean_G_ = moments[0];
    variance_G_ = moments[1];
    count_ = added;
    return;
  }
  const double share = static_cast<double>(added) / static_cast<double>(count_ + added);
  const torch::Tensor apart = moments[0] - mean_G_;
  mean_G_ = mean_G_ + apart * share;
  variance_G_ = variance_G_ * (1 - share) + moments[1] * share + apart * apart * (share * (1 - share));
  count_ += added;
}

torch::Tensor StripGroupNorm::apply(const torch::Tensor& x_1CRW, const torch::Tensor& weight, const torch::Tensor& bias, double eps,
                                    bool silu) const {
  if (count_ == 0) {
    throw std::invalid_argument("[StripGroupNorm] apply needs the statistics of at least one strip");
  }
  const torch::Tensor inverse_std_G = (variance_G_ + eps).rsqrt();
  if (has_kernel(x_1CRW)) {
    const torch::Tensor statistics = at::stack({mean_G_, inverse_std_G}, 1).to(torch::kFloat32).unsqueeze(0).contiguous();
    return kernels::group_norm_apply_cpu(x_1CRW, statistics, weight, bias, groups_, silu);
  }
  const int64_t channels_of_group = x_1CRW.size(1) / groups_;
  const auto of_channels = [&](const torch::Tensor& values_G) { return values_G.repeat_interleave(channels_of_group); };
  const torch::Tensor scale_C = weight.to(torch::kDouble) * of_channels(inverse_std_G);
  const torch::Tensor offset_C = bias.to(torch::kDouble) - of_channels(mean_G_) * scale_C;
  const auto as_map = [](const torch::Tensor& values_C) { return values_C.to(torch::kFloat32).view({1, -1, 1, 1}); };
  torch::Tensor y = x_1CRW.to(torch::kFloat32) * as_map(scale_C) + as_map(offset_C);
  return (silu ? at::silu_(y) : y).to(x_1CRW.scalar_type());
}

}  // namespace darkroom
