// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

namespace darkroom::test {

/// The norm of the difference to an expectation in float64, of the expectation's norm.
inline double relative_error(const torch::Tensor& got, const torch::Tensor& expected) {
  return ((got.to(torch::kFloat64) - expected).norm() / expected.norm()).item<double>();
}

}  // namespace darkroom::test
