// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "core/diffusion/sampler.h"

namespace darkroom {

/// The x0 that a second-order DPM-Solver++ step aims at: on the line through the last two, in log sigma. The first move and the one to
/// sigma 0, where the line has no end, are of order 1. source  Lu et al. 2022, arXiv:2211.01095, algorithm 2
class DpmppLine {
 public:
  /// x0 of the move from `from` to `to`; remembered for the next.
  torch::Tensor aim(const torch::Tensor& x0, const NoiseLevel& from, const NoiseLevel& to) {
    const double h = std::log(from.sigma / to.sigma);
    const bool first_order = !last_x0_.defined() || to.sigma == 0;
    torch::Tensor target = first_order ? x0 : x0 + h / (2 * last_h_) * (x0 - last_x0_);
    last_x0_ = x0;
    last_h_ = h;
    return target;
  }

 private:
  torch::Tensor last_x0_;
  double last_h_ = 0;
};

}  // namespace darkroom
