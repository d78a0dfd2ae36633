// SPDX-License-Identifier: Apache-2.0
// Noise that samplers add between their steps. Shapes: B batch, C channels, H W.
#pragma once

#include <ATen/core/Generator.h>
#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace darkroom {

/// Standard normal noise shaped like x for the way from sigma down to sigma_next (>= 0): a Brownian path's increment over it, divided by
/// its standard deviation. Asked only by samplers that add noise, in the order of the path; intervals that share a start grow outward.
using StepNoise = std::function<torch::Tensor(const torch::Tensor& x, double sigma, double sigma_next)>;

/// One Brownian path an image, each from its own generator: image i of a batch equals the image made alone.
///
/// Where intervals do not overlap (all samplers but DPM++ SDE) an increment is the generator's next standard normal draw as it comes, so
/// Euler a continues the generator of the starting noise, as A1111 does. An interval that starts where the last one did and goes further
/// reuses its increment: DPM++ SDE's midpoint and end lie on one path, as with k-diffusion's Brownian tree.
/// One object a sampling (its sigmas fall); a second pass makes another one of the same generators. Not for two threads at once.
class PathNoise {
 public:
  /// generators  CPU generators, one an image; draws are float32 on the CPU, moved to x's device
  explicit PathNoise(std::vector<at::Generator> generators);

  /// x [B,…] with B = number of generators.
  /// throws  std::invalid_argument: another batch, sigma_next not in [0, sigma), or an interval that overlaps the last one otherwise
  torch::Tensor operator()(const torch::Tensor& x, double sigma, double sigma_next);

 private:
  torch::Tensor draw(const torch::Tensor& x);

  std::vector<at::Generator> generators_;
  std::optional<double> from_;
  double to_ = 0;
  torch::Tensor increment_;  // of the path from from_ to to_
};

}  // namespace darkroom
