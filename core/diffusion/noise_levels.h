// SPDX-License-Identifier: Apache-2.0
// Noise levels in the two scales in use, and the table that leads from one to the other. T train steps.
//   variance preserving  x = sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) eps   what the model is fed, and what samplers take and give
//   variance exploding   x = x0 + sigma eps                                 k-diffusion's; the former times sqrt(1 + sigma^2)
#pragma once

#include <cstdint>
#include <vector>

#include "core/diffusion/noise_schedule.h"

namespace darkroom {

/// One level of noise.
struct NoiseLevel {
  double t = 0;          ///< train step at which the model is asked; a fraction between two steps
  double alpha_bar = 1;  ///< share of signal in the variance, in [0, 1]
  double sigma = 0;      ///< sqrt((1 - alpha_bar) / alpha_bar); infinite at alpha_bar 0

  static NoiseLevel of_alpha_bar(double t, double alpha_bar);
  static NoiseLevel of_sigma(double t, double sigma);

  double signal() const;  ///< sqrt(alpha_bar)
  double noise() const;   ///< sqrt(1 - alpha_bar)
};

/// An ancestral step from one sigma to a lower one at eta 1: down to `down`, then noise of deviation `up` on top.
struct AncestralStep {
  double down = 0;  ///< to^2 / from
  double up = 0;    ///< to sqrt(1 - (to / from)^2)
};
AncestralStep ancestral_step(double from, double to);

/// sigma at each train step, and the train step of a sigma.
///
/// alpha_bar below 2^-24 counts as 2^-24 (sigma 4096), as in diffusers: schedules with zero terminal SNR stay finite.
class SigmaTable {
 public:
  SigmaTable() = default;
  explicit SigmaTable(const NoiseSchedule& schedule);

  int64_t train_steps() const { return static_cast<int64_t>(sigma_.size()); }
  double at(int64_t t) const { return sigma_.at(static_cast<size_t>(t)); }
  double smallest() const { return sigma_.front(); }
  double largest() const { return sigma_.back(); }

  /// sigma between two train steps; t in [0, T-1], clamped to it.
  double linear(double t) const;       ///< straight in sigma: diffusers
  double logarithmic(double t) const;  ///< straight in log sigma: k-diffusion
  /// Train step of a sigma, straight in log sigma; in [0, T-1], clamped to it.
  double t_of(double sigma) const;

 private:
  std::vector<double> sigma_;      // [T], rising
  std::vector<double> log_sigma_;  // [T]
};

}  // namespace darkroom
