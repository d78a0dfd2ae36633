// SPDX-License-Identifier: Apache-2.0
// k-diffusion's DiscreteSchedule for the way between train steps and sigmas. All in float64: the tables of the peers are float32, and
// differ from these by less than 1e-6.
#include "core/diffusion/noise_levels.h"

#include <algorithm>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr double smallest_alpha_bar = 1.0 / 16777216;  // 2^-24

// Index of the knot below t, and how far t lies on the way to the next.
std::pair<size_t, double> place(double t, size_t knots) {
  const double last = static_cast<double>(knots - 1);
  const double inside = std::clamp(t, 0.0, last);
  const double below = std::min(std::floor(inside), std::max(last - 1, 0.0));
  return {static_cast<size_t>(below), inside - below};
}

}  // namespace

NoiseLevel NoiseLevel::of_alpha_bar(double t, double alpha_bar) { return {t, alpha_bar, std::sqrt((1 - alpha_bar) / alpha_bar)}; }

NoiseLevel NoiseLevel::of_sigma(double t, double sigma) { return {t, 1 / (1 + sigma * sigma), sigma}; }

double NoiseLevel::signal() const { return std::sqrt(alpha_bar); }

double NoiseLevel::noise() const { return std::sqrt(1 - alpha_bar); }

AncestralStep ancestral_step(double from, double to) {
  const double ratio = to / from;
  return {to * ratio, to * std::sqrt(std::max(1 - ratio * ratio, 0.0))};
}

SigmaTable::SigmaTable(const NoiseSchedule& schedule) {
  sigma_.reserve(schedule.alpha_bar.size());
  log_sigma_.reserve(schedule.alpha_bar.size());
  for (const double alpha_bar : schedule.alpha_bar) {
    const double kept = std::max(alpha_bar, smallest_alpha_bar);
    sigma_.push_back(std::sqrt((1 - kept) / kept));
    log_sigma_.push_back(std::log(sigma_.back()));
  }
}

double SigmaTable::linear(double t) const {
  const auto [below, way] = place(t, sigma_.size());
  return way == 0 ? sigma_[below] : sigma_[below] + way * (sigma_[below + 1] - sigma_[below]);
}

double SigmaTable::logarithmic(double t) const {
  const auto [below, way] = place(t, sigma_.size());
  return way == 0 ? sigma_[below] : std::exp((1 - way) * log_sigma_[below] + way * log_sigma_[below + 1]);
}

double SigmaTable::t_of(double sigma) const {
  const double log_sigma = std::log(std::max(sigma, 1e-10));
  const auto above = std::upper_bound(log_sigma_.begin(), log_sigma_.end(), log_sigma);
  if (above == log_sigma_.begin()) {
    return 0;
  }
  if (above == log_sigma_.end()) {
    return static_cast<double>(sigma_.size() - 1);
  }
  const double low = *(above - 1);
  return static_cast<double>(above - log_sigma_.begin() - 1) + (log_sigma - low) / (*above - low);
}

}  // namespace darkroom
