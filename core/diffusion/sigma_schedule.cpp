// SPDX-License-Identifier: Apache-2.0
// The quantile of the beta distribution is found by bisection on the continued fraction of the incomplete beta function (Lentz's method,
// DLMF 8.17.22): a few microseconds a value, and no library more.
#include "core/diffusion/sigma_schedule.h"

#include <array>

#include "core/base/format.h"

namespace darkroom {
namespace {

struct Word {
  SigmaSchedule schedule;
  std::string_view name;
  std::string_view label;
};

constexpr std::array<Word, 6> words{{{SigmaSchedule::standard, "default", "Uniform"},
                                     {SigmaSchedule::karras, "karras", "Karras"},
                                     {SigmaSchedule::exponential, "exponential", "Exponential"},
                                     {SigmaSchedule::sgm_uniform, "sgm_uniform", "SGM Uniform"},
                                     {SigmaSchedule::simple, "simple", "Simple"},
                                     {SigmaSchedule::beta, "beta", "Beta"}}};

constexpr double beta_shape = 0.6;
constexpr double karras_rho = 7;

const Word& word_of(SigmaSchedule schedule) {
  for (const Word& word : words) {
    if (word.schedule == schedule) {
      return word;
    }
  }
  throw std::invalid_argument("[sigma_schedule_name] unknown SigmaSchedule");
}

// n values f(k / (n - 1)) for k = 0 … n - 1; for n 1 the first one.
template <typename F>
std::vector<double> spread(const char* where, int64_t n, double smallest, double largest, const F& f) {
  if (n < 1 || !(smallest > 0 && smallest <= largest)) {
    throw std::invalid_argument(format("[{}] needs n >= 1 and 0 < smallest <= largest, got {}, {} and {}", where, n, smallest, largest));
  }
  std::vector<double> values{largest};
  values.reserve(static_cast<size_t>(n));
  for (int64_t k = 1; k < n; ++k) {
    values.push_back(f(static_cast<double>(k) / static_cast<double>(n - 1)));
  }
  return values;
}

// Continued fraction of I_x(a, b), for x < (a + 1) / (a + b + 2).
double beta_fraction(double x, double a, double b) {
  constexpr double tiny = 1e-300;
  constexpr int most_terms = 500;
  const auto apart = [](double value) { return std::abs(value) < tiny ? tiny : value; };
  double c = 1;
  double d = 1 / apart(1 - (a + b) * x / (a + 1));
  double result = d;
  for (int m = 1; m <= most_terms; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / apart(1 + even * d);
    c = apart(1 + even / c);
    result *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / apart(1 + odd * d);
    c = apart(1 + odd / c);
    result *= d * c;
    if (std::abs(d * c - 1) < 1e-16) {
      break;
    }
  }
  return result;
}

double incomplete_beta(double x, double a, double b) {
  if (x <= 0 || x >= 1) {
    return x <= 0 ? 0 : 1;
  }
  const double front = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x));
  return x < (a + 1) / (a + b + 2) ? front * beta_fraction(x, a, b) / a : 1 - front * beta_fraction(1 - x, b, a) / b;
}

}  // namespace

SigmaSchedule sigma_schedule_from_name(std::string_view name) {
  for (const Word& word : words) {
    if (word.name == name) {
      return word.schedule;
    }
  }
  fail(ErrorCode::usage, "schedule must be one of {}, got \"{}\"", fmt::join(sigma_schedule_names(), ", "), name);
}

std::string_view sigma_schedule_name(SigmaSchedule schedule) { return word_of(schedule).name; }

std::string_view sigma_schedule_label(SigmaSchedule schedule) { return word_of(schedule).label; }

std::vector<std::string> sigma_schedule_names() {
  std::vector<std::string> names;
  names.reserve(words.size());
  for (const Word& word : words) {
    names.emplace_back(word.name);
  }
  return names;
}

std::vector<double> karras_sigmas(int64_t n, double smallest, double largest) {
  const double first = std::pow(largest, 1 / karras_rho);
  const double last = std::pow(smallest, 1 / karras_rho);
  return spread("karras_sigmas", n, smallest, largest, [&](double way) { return std::pow(first + way * (last - first), karras_rho); });
}

std::vector<double> exponential_sigmas(int64_t n, double smallest, double largest) {
  const double first = std::log(largest);
  const double last = std::log(smallest);
  return spread("exponential_sigmas", n, smallest, largest, [&](double way) { return std::exp(first + way * (last - first)); });
}

std::vector<double> beta_sigmas(int64_t n, double smallest, double largest) {
  return spread("beta_sigmas", n, smallest, largest,
                [&](double way) { return smallest + (largest - smallest) * beta_quantile(1 - way, beta_shape, beta_shape); });
}

std::vector<NoiseLevel> sgm_uniform_levels(int64_t n, const SigmaTable& table) {
  if (n < 1) {
    throw std::invalid_argument(format("[sgm_uniform_levels] n must be at least 1, got {}", n));
  }
  const auto top = static_cast<double>(table.train_steps() - 1);
  std::vector<NoiseLevel> levels;
  levels.reserve(static_cast<size_t>(n));
  for (int64_t k = 0; k < n; ++k) {
    const double t = top * static_cast<double>(n - k) / static_cast<double>(n);
    levels.push_back(NoiseLevel::of_sigma(t, table.logarithmic(t)));
  }
  return levels;
}

std::vector<NoiseLevel> simple_levels(int64_t n, const SigmaTable& table) {
  const int64_t train_steps = table.train_steps();
  if (n < 1 || n > train_steps) {
    throw std::invalid_argument(format("[simple_levels] n must be 1 to {}, got {}", train_steps, n));
  }
  const double stride = static_cast<double>(train_steps) / static_cast<double>(n);
  std::vector<NoiseLevel> levels;
  levels.reserve(static_cast<size_t>(n));
  for (int64_t k = 0; k < n; ++k) {
    const int64_t t = train_steps - 1 - static_cast<int64_t>(static_cast<double>(k) * stride);
    levels.push_back(NoiseLevel::of_sigma(static_cast<double>(t), table.at(t)));
  }
  return levels;
}

double beta_quantile(double p, double a, double b) {
  if (!(p >= 0 && p <= 1 && a > 0 && b > 0)) {
    throw std::invalid_argument(format("[beta_quantile] needs p in [0, 1] and positive a and b, got {}, {} and {}", p, a, b));
  }
  double low = 0;
  double high = 1;
  for (int halving = 0; halving < 60 && low < high; ++halving) {
    const double middle = (low + high) / 2;
    (incomplete_beta(middle, a, b) < p ? low : high) = middle;
  }
  return p == 0 ? 0 : p == 1 ? 1 : (low + high) / 2;
}

}  // namespace darkroom
