// SPDX-License-Identifier: Apache-2.0
// The level tables of diffusers' schedulers and of k-diffusion, one case of LevelRule each. What differs between the schedulers of
// diffusers is kept, since a picture depends on it: DDIM and PLMS move T / n down and DDPM to its next train step; the multistep solvers
// round the train steps of Karras sigmas and cut those of the others; a schedule of sigmas spans the spaced train steps with Euler's kin
// and the whole table with the multistep solvers. PLMS and LCM in image to image: their own rules applied to the tail (diffusers' PLMS
// loses its repeated move there).
#include "core/diffusion/sampling_plan.h"

#include "core/base/format.h"
#include "core/diffusion/sampler.h"

namespace darkroom {
namespace {

constexpr int64_t lcm_original_steps = 50;

bool has_own_timesteps(LevelRule rule) {
  return rule == LevelRule::ddim || rule == LevelRule::ddpm || rule == LevelRule::plms || rule == LevelRule::lcm;
}

bool is_multistep(LevelRule rule) { return rule == LevelRule::whole || rule == LevelRule::whole_to_last; }

bool has_own_timesteps(SigmaSchedule schedule) { return schedule == SigmaSchedule::sgm_uniform || schedule == SigmaSchedule::simple; }

int64_t most_steps(const Sampler& sampler, int64_t train_steps) {
  if (sampler.levels == LevelRule::lcm) {
    return std::min(lcm_original_steps, train_steps);
  }
  return is_multistep(sampler.levels) ? train_steps - 1 : train_steps;
}

void check_request(const Sampler& sampler, const SamplingRequest& request, int64_t train_steps) {
  const std::string_view schedule = sigma_schedule_name(request.schedule);
  if (has_own_timesteps(sampler.levels) && request.schedule != SigmaSchedule::standard) {
    fail(ErrorCode::usage, "schedule {} does not go with sampler {}, which has noise levels of its own; use schedule default.", schedule,
         sampler.name);
  }
  if (request.spacing) {
    const std::string_view spacing = timestep_spacing_name(*request.spacing);
    if (sampler.levels == LevelRule::lcm) {
      fail(ErrorCode::usage, "spacing {} does not go with sampler {}, which has train steps of its own.", spacing, sampler.name);
    }
    if (has_own_timesteps(request.schedule)) {
      fail(ErrorCode::usage, "spacing {} does not go with schedule {}, which has train steps of its own.", spacing, schedule);
    }
    if (is_multistep(sampler.levels) && request.schedule != SigmaSchedule::standard) {
      fail(ErrorCode::usage, "spacing {} does not go with schedule {} of sampler {}, which spans all noise levels.", spacing, schedule,
           sampler.name);
    }
  }
  if (!(request.eta >= 0 && request.eta <= 1) || (request.eta > 0 && sampler.noise != NoiseUse::with_eta)) {
    fail(ErrorCode::usage, "eta {} does not go with sampler {}: eta is 0, or up to 1 with sampler ddim.", request.eta, sampler.name);
  }
  const int64_t most = most_steps(sampler, train_steps);
  if (request.steps < 1 || request.steps > most) {
    fail(ErrorCode::usage, "sampler {} makes 1 to {} steps with this model, got {}.", sampler.name, most, request.steps);
  }
  if (!(request.strength >= 0 && request.strength <= 1)) {
    fail(ErrorCode::usage, "strength must lie in 0 to 1, got {}.", request.strength);
  }
}

// What a strength leaves of `all`: its last min(int(steps strength), steps) entries.
template <typename T>
std::vector<T> tail(const std::vector<T>& all, double strength) {
  const auto steps = static_cast<int64_t>(all.size());
  const int64_t kept = std::min(static_cast<int64_t>(static_cast<double>(steps) * strength), steps);
  return {all.end() - kept, all.end()};
}

std::vector<int64_t> lcm_timesteps(int64_t train_steps, int64_t n) {
  const int64_t originals = std::min(lcm_original_steps, train_steps);
  const int64_t ratio = train_steps / originals;
  std::vector<int64_t> values;
  values.reserve(static_cast<size_t>(n));
  for (int64_t k = 0; k < n; ++k) {
    const double index = std::floor(static_cast<double>(k) * (static_cast<double>(originals) / static_cast<double>(n)));
    values.push_back((originals - static_cast<int64_t>(index)) * ratio - 1);
  }
  return values;
}

/// Moves between whole train steps, for the rules that have their own.
class TrainStepMoves {
 public:
  TrainStepMoves(const NoiseSchedule& schedule, const Sampler& sampler, const SamplingRequest& request, TimestepSpacing spacing)
      : schedule_(schedule), ratio_(schedule.train_steps() / request.steps) {
    const bool ends_clean = request.model.set_alpha_to_one || spacing == TimestepSpacing::source_run;
    end_ = ends_clean ? 1.0 : schedule.alpha_bar.front();
    const std::vector<int64_t> all = sampler.levels == LevelRule::lcm
                                         ? lcm_timesteps(schedule.train_steps(), request.steps)
                                         : whole_timesteps(schedule.train_steps(), request.steps, spacing, request.model.steps_offset);
    timesteps_ = tail(all, request.strength);
  }

  std::vector<SamplingMove> moves(LevelRule rule) const {
    return rule == LevelRule::ddim ? below() : rule == LevelRule::plms ? repeated() : to_next();
  }

 private:
  NoiseLevel level(int64_t t) const {
    return NoiseLevel::of_alpha_bar(static_cast<double>(t), t < 0 ? end_ : schedule_.alpha_bar[static_cast<size_t>(t)]);
  }

  std::vector<SamplingMove> below() const {
    std::vector<SamplingMove> moves;
    for (const int64_t t : timesteps_) {
      moves.push_back({level(t), level(t - ratio_)});
    }
    return moves;
  }

  std::vector<SamplingMove> to_next() const {
    std::vector<SamplingMove> moves;
    for (size_t k = 0; k < timesteps_.size(); ++k) {
      const bool last = k + 1 == timesteps_.size();
      moves.push_back({level(timesteps_[k]), last ? NoiseLevel{} : level(timesteps_[k + 1])});
    }
    return moves;
  }

  // DDIM's moves with one between the first two: asked at the second train step, it goes to there from T / n above.
  std::vector<SamplingMove> repeated() const {
    std::vector<SamplingMove> moves = below();
    if (!moves.empty() && moves.front().from.alpha_bar == 0) {
      fail(ErrorCode::usage, "sampler pndm cannot start from noise alone: this model's schedule has zero terminal SNR; use ddim or euler.");
    }
    if (moves.size() > 1) {
      const int64_t second = timesteps_[1];
      NoiseLevel above = level(second + ratio_);
      above.t = static_cast<double>(second);
      moves.insert(moves.begin() + 1, {above, level(second)});
    }
    return moves;
  }

  const NoiseSchedule& schedule_;
  int64_t ratio_;  // T / n
  double end_ = 1;
  std::vector<int64_t> timesteps_;
};

std::vector<double> spread_sigmas(SigmaSchedule schedule, int64_t steps, double smallest, double largest) {
  if (schedule == SigmaSchedule::karras) {
    return karras_sigmas(steps, smallest, largest);
  }
  return schedule == SigmaSchedule::exponential ? exponential_sigmas(steps, smallest, largest) : beta_sigmas(steps, smallest, largest);
}

// Levels at the train steps of a spacing.
std::vector<NoiseLevel> spaced_levels(const SigmaTable& table, LevelRule rule, const SamplingRequest& request, TimestepSpacing spacing) {
  const int64_t offset = request.model.steps_offset;
  std::vector<NoiseLevel> levels;
  if (is_multistep(rule)) {
    for (const int64_t t : upper_timesteps(table.train_steps(), request.steps, spacing, offset)) {
      levels.push_back(NoiseLevel::of_sigma(static_cast<double>(t), table.at(t)));
    }
    return levels;
  }
  for (const double t : real_timesteps(table.train_steps(), request.steps, spacing, offset)) {
    levels.push_back(NoiseLevel::of_sigma(t, rule == LevelRule::discrete ? table.logarithmic(t) : table.linear(t)));
  }
  return levels;
}

// The train step that the reference asks at for a sigma of a schedule.
double asked_t(const SigmaTable& table, LevelRule rule, SigmaSchedule schedule, double sigma) {
  const double t = table.t_of(sigma);
  const bool karras = schedule == SigmaSchedule::karras;
  if (karras && (is_multistep(rule) || rule == LevelRule::real_rounded)) {
    return std::nearbyint(t);
  }
  // diffusers cuts the fraction off, and its float32 logarithms put the largest sigma just below the last train step: 998.
  constexpr double float32_slack = 1e-4;
  return is_multistep(rule) ? std::floor(std::max(t - float32_slack, 0.0)) : t;
}

std::vector<NoiseLevel> sigma_levels(const SigmaTable& table, LevelRule rule, const SamplingRequest& request, TimestepSpacing spacing) {
  switch (request.schedule) {
    case SigmaSchedule::standard:
      return spaced_levels(table, rule, request, spacing);
    case SigmaSchedule::sgm_uniform:
      return sgm_uniform_levels(request.steps, table);
    case SigmaSchedule::simple:
      return simple_levels(request.steps, table);
    case SigmaSchedule::karras:
    case SigmaSchedule::exponential:
    case SigmaSchedule::beta:
      break;
  }
  double smallest = table.smallest();
  double largest = table.largest();
  if (!is_multistep(rule)) {
    const std::vector<NoiseLevel> spaced = spaced_levels(table, rule, request, spacing);
    smallest = spaced.back().sigma;
    largest = spaced.front().sigma;
  }
  std::vector<NoiseLevel> levels;
  for (const double sigma : spread_sigmas(request.schedule, request.steps, smallest, largest)) {
    levels.push_back(NoiseLevel::of_sigma(asked_t(table, rule, request.schedule, sigma), sigma));
  }
  return levels;
}

std::vector<SamplingMove> sigma_moves(const std::vector<NoiseLevel>& all, const SigmaTable& table, LevelRule rule,
                                      const SamplingRequest& request) {
  NoiseLevel end;
  if (rule == LevelRule::whole_to_last) {
    const bool spread = request.schedule != SigmaSchedule::standard && !has_own_timesteps(request.schedule);
    end = spread ? all.back() : NoiseLevel::of_sigma(0, table.smallest());
  }
  const std::vector<NoiseLevel> levels = tail(all, request.strength);
  std::vector<SamplingMove> moves;
  moves.reserve(levels.size());
  for (size_t k = 0; k < levels.size(); ++k) {
    moves.push_back({levels[k], k + 1 < levels.size() ? levels[k + 1] : end});
  }
  return moves;
}

// Whether pure noise enters at sigma eps (k-diffusion; Euler's kin when the spacing reaches the top) and not at unit variance.
bool starts_at_sigma(LevelRule rule, const std::optional<TimestepSpacing>& spacing) {
  if (rule == LevelRule::discrete) {
    return true;
  }
  return (rule == LevelRule::real || rule == LevelRule::real_rounded) &&
         (!spacing || *spacing == TimestepSpacing::linspace || *spacing == TimestepSpacing::trailing);
}

}  // namespace

SamplingPlan plan_sampling(const NoiseSchedule& schedule, const Sampler& sampler, const SamplingRequest& request) {
  check_request(sampler, request, schedule.train_steps());
  const TimestepSpacing spacing = request.spacing.value_or(request.model.spacing.value_or(sampler.spacing));
  SamplingPlan plan;
  plan.steps = request.steps;
  plan.eta = request.eta;
  plan.sigmas = SigmaTable(schedule);
  if (has_own_timesteps(sampler.levels)) {
    plan.moves = TrainStepMoves(schedule, sampler, request, spacing).moves(sampler.levels);
  } else {
    plan.moves = sigma_moves(sigma_levels(plan.sigmas, sampler.levels, request, spacing), plan.sigmas, sampler.levels, request);
  }
  const bool all_levels = is_multistep(sampler.levels) && request.schedule != SigmaSchedule::standard;
  if (sampler.levels != LevelRule::lcm && !has_own_timesteps(request.schedule) && !all_levels) {
    plan.spacing = spacing;
  }
  if (!plan.moves.empty() && starts_at_sigma(sampler.levels, plan.spacing)) {
    plan.noise_scale = plan.moves.front().from.noise();
  }
  return plan;
}

torch::Tensor SamplingPlan::start(const torch::Tensor& noise_BCHW) const {
  if (moves.empty()) {
    throw std::invalid_argument("[SamplingPlan::start] there are no moves to make from noise");
  }
  return noise_scale * noise_BCHW;
}

torch::Tensor SamplingPlan::start(const torch::Tensor& latents_BCHW, const torch::Tensor& noise_BCHW) const {
  if (latents_BCHW.sizes() != noise_BCHW.sizes()) {
    throw std::invalid_argument(format("[SamplingPlan::start] latents [{}] and noise [{}] must have one shape",
                                       fmt::join(latents_BCHW.sizes(), ","), fmt::join(noise_BCHW.sizes(), ",")));
  }
  if (moves.empty()) {
    return latents_BCHW;
  }
  const NoiseLevel& level = moves.front().from;
  return level.signal() * latents_BCHW + level.noise() * noise_BCHW;
}

}  // namespace darkroom
