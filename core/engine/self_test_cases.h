// SPDX-License-Identifier: Apache-2.0
// What `darkroom-engine selftest` checks: our kernels and the networks on one device against the same work in higher precision or on the
// CPU.
#pragma once

#include <torch/types.h>

#include <functional>
#include <string>
#include <vector>

namespace darkroom {

/// One comparison.
struct SelfTestFigure {
  std::string name;  ///< "group_norm_silu fp32 [2,320,16,16] gradient of x"
  double error = 0;  ///< |got - expected| / |expected|, Euclidean norms; NaN where the result is not finite
  double limit = 0;  ///< what rounding may explain
  bool good() const { return error <= limit; }
};

/// Receives each figure as it is known.
using SelfTestSink = std::function<void(const SelfTestFigure&)>;

/// A named group of comparisons.
struct SelfTestCase {
  const char* name;  ///< "optimizer", "group_norm", "attention", "convolution", "pocket"
  void (*run)(torch::Device device, const SelfTestSink& sink);
};

/// In the order in which they are run; inputs are random and differ from run to run.
const std::vector<SelfTestCase>& self_test_cases();

}  // namespace darkroom
