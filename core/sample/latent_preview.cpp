// SPDX-License-Identifier: Apache-2.0
// Least squares by the normal equations: C + 1 unknowns a colour, so they are tiny and well conditioned.
#include "core/sample/latent_preview.h"

#include <ATen/CPUGeneratorImpl.h>

namespace darkroom {
namespace {

constexpr int64_t patches = 64;
constexpr int64_t patch_side = 4;  // the middle of the patch is free of border effects
constexpr uint64_t patch_seed = 7;

}  // namespace

LatentPreview LatentPreview::fit(const Vae& vae, const Weights& weights, torch::ScalarType dtype, torch::Device device) {
  const torch::NoGradGuard no_grad;
  const int64_t channels = vae.latent_channels();
  const torch::Tensor latents_NC = at::randn({patches, channels}, at::detail::createCPUGenerator(patch_seed), torch::kFloat32);
  const torch::Tensor patches_NCHW = latents_NC.view({patches, channels, 1, 1}).expand({patches, channels, patch_side, patch_side});
  const torch::Tensor decoded_N3HW =
      vae.decode(weights, (patches_NCHW / vae.scaling_factor()).to(device, dtype)).to(torch::kCPU, torch::kFloat32);
  const int64_t margin = decoded_N3HW.size(2) / 4;
  const torch::Tensor colours_N3 =
      decoded_N3HW.narrow(2, margin, 2 * margin).narrow(3, margin, 2 * margin).mean(at::IntArrayRef{2, 3}).clamp(-1, 1);

  const torch::Tensor design_ND = at::cat({latents_NC, at::ones({patches, 1})}, 1);
  const torch::Tensor normal_DD = design_ND.t().matmul(design_ND) + 1e-3 * at::eye(channels + 1);
  const torch::Tensor solution_D3 = at::linalg_solve(normal_DD, design_ND.t().matmul(colours_N3));

  LatentPreview preview;
  preview.factors_C3_ = solution_D3.narrow(0, 0, channels).contiguous();
  preview.bias_3_ = solution_D3[channels].contiguous();
  const torch::Tensor residual = colours_N3 - design_ND.matmul(solution_D3);
  preview.explained_ = 1 - (residual.pow(2).sum() / (colours_N3 - colours_N3.mean(0)).pow(2).sum().clamp_min(1e-12)).item<double>();
  return preview;
}

torch::Tensor LatentPreview::rgb(const torch::Tensor& latents_CHW) const {
  const torch::NoGradGuard no_grad;
  const torch::Tensor latents_HWC = latents_CHW.to(torch::kCPU, torch::kFloat32).permute({1, 2, 0});
  const torch::Tensor colours = latents_HWC.matmul(factors_C3_) + bias_3_;
  return colours.add(1).mul(127.5).round().clamp(0, 255).to(torch::kUInt8).contiguous();
}

}  // namespace darkroom
