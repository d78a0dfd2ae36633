// SPDX-License-Identifier: Apache-2.0
// How the noise levels of a sampling are spread between the largest and the smallest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/diffusion/noise_levels.h"

namespace darkroom {

/// Names as on the command line; A1111 calls them Uniform, Karras, Exponential, SGM Uniform, Simple, Beta.
enum class SigmaSchedule {
  standard,     ///< "default": the train steps of the timestep spacing
  karras,       ///< even in sigma^(1/7)
  exponential,  ///< even in log sigma
  sgm_uniform,  ///< n of n + 1 even train steps, the last left out
  simple,       ///< every (T / n)th train step from the top
  beta,         ///< quantiles of Beta(0.6, 0.6) between the smallest and the largest sigma
};

/// throws  Error{usage} naming the allowed words
SigmaSchedule sigma_schedule_from_name(std::string_view name);
std::string_view sigma_schedule_name(SigmaSchedule schedule);
/// As A1111 writes it after "Schedule type:".
std::string_view sigma_schedule_label(SigmaSchedule schedule);
std::vector<std::string> sigma_schedule_names();

/// n sigmas, falling from `largest` to `smallest`; the final 0 is not among them. n 1 gives `largest`.
/// throws  std::invalid_argument: not 0 < smallest <= largest, n < 1
/// source  Karras et al. 2022, arXiv:2206.00364, eq. 5, rho 7
std::vector<double> karras_sigmas(int64_t n, double smallest, double largest);
std::vector<double> exponential_sigmas(int64_t n, double smallest, double largest);
/// source  Lee et al. 2024, arXiv:2407.12173, as A1111 and diffusers read it: the quantile scales sigma itself
std::vector<double> beta_sigmas(int64_t n, double smallest, double largest);

/// n levels of the whole table, falling; t is a fraction for sgm_uniform.
/// throws  std::invalid_argument: n < 1, for simple also n > T
std::vector<NoiseLevel> sgm_uniform_levels(int64_t n, const SigmaTable& table);
std::vector<NoiseLevel> simple_levels(int64_t n, const SigmaTable& table);

/// x with I_x(a, b) = p for the regularised incomplete beta function, to 1e-12; a, b > 0, p in [0, 1].
double beta_quantile(double p, double a, double b);

}  // namespace darkroom
