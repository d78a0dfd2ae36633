// SPDX-License-Identifier: Apache-2.0
// Not to be found here, because they are other samplers: DPM++ 2S a, DPM++ 2M SDE Heun, DPM++ 3M (InvokeAI's dpmpp_3m is not the SDE one),
// DPM fast, DPM adaptive, Restart, DDIM CFG++, ipndm.
#include "core/image/sampler_names.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace darkroom {
namespace {

enum class Steps { timesteps, noise_levels };

struct SamplerNames {
  std::string_view name;
  std::string_view label;      // AUTOMATIC1111's
  std::string_view automatic;  // schedule that its "Automatic" stands for
  Steps steps;
  std::vector<std::string_view> others;
};

const std::vector<SamplerNames>& sampler_table() {
  using enum Steps;
  static const std::vector<SamplerNames> table{
      {"ddim", "DDIM", "default", timesteps, {"ddim_v3", "ddim_trailing"}},
      {"pndm", "PLMS", "default", timesteps, {"plms"}},
      {"euler", "Euler", "default", noise_levels, {"k_euler"}},
      {"euler_a", "Euler a", "default", noise_levels, {"euler_ancestral", "k_euler_a", "k_euler_ancestral", "euler ancestral"}},
      {"heun", "Heun", "default", noise_levels, {"k_heun"}},
      {"dpm2", "DPM2", "karras", noise_levels, {"dpm_2", "kdpm_2", "k_dpm_2"}},
      {"dpm2_a", "DPM2 a", "karras", noise_levels, {"dpm_2_ancestral", "kdpm_2_a", "k_dpm_2_a", "k_dpm_2_ancestral"}},
      {"lms", "LMS", "default", noise_levels, {"k_lms"}},
      {"dpmpp_2m", "DPM++ 2M", "karras", noise_levels, {"k_dpmpp_2m", "dpm++2m"}},
      {"dpmpp_2m_sde", "DPM++ 2M SDE", "exponential", noise_levels, {"dpmpp_2m_sde_gpu", "k_dpmpp_2m_sde"}},
      {"dpmpp_sde", "DPM++ SDE", "karras", noise_levels, {"dpmpp_sde_gpu", "k_dpmpp_sde"}},
      {"dpmpp_3m_sde", "DPM++ 3M SDE", "exponential", noise_levels, {"dpmpp_3m_sde_gpu", "k_dpmpp_3m_sde"}},
      {"unipc", "UniPC", "default", timesteps, {"uni_pc", "uni_pc_bh2"}},
      {"deis", "DEIS", "default", timesteps, {}},
      {"lcm", "LCM", "default", timesteps, {}},
      {"ddpm", "DDPM", "default", timesteps, {}},
  };
  return table;
}

struct ScheduleNames {
  std::string_view name;
  std::string_view label;
  std::vector<std::string_view> others;
};

const std::vector<ScheduleNames>& schedule_table() {
  static const std::vector<ScheduleNames> table{
      {"default", "Uniform", {"normal", "discrete", "native"}}, {"karras", "Karras", {}}, {"exponential", "Exponential", {}},
      {"sgm_uniform", "SGM Uniform", {"sgmuniform"}},           {"simple", "Simple", {}}, {"beta", "Beta", {}},
  };
  return table;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

template <typename Names>
bool is_called(const Names& names, std::string_view lowered) {
  return lowered == names.name || lowered == lower(names.label) ||
         std::find(names.others.begin(), names.others.end(), lowered) != names.others.end();
}

const SamplerNames* find_sampler_names(std::string_view lowered) {
  const auto& table = sampler_table();
  const auto found = std::find_if(table.begin(), table.end(), [&](const SamplerNames& names) { return is_called(names, lowered); });
  return found == table.end() ? nullptr : &*found;
}

// "dpm++ 2m karras" -> karras, and the rest in `name`. The longest spelling counts: "sgm uniform" before "uniform".
std::optional<std::string> take_schedule_suffix(std::string& name) {
  std::optional<std::string> found;
  size_t longest = 0;
  for (const ScheduleNames& schedule : schedule_table()) {
    std::vector<std::string> spellings{lower(schedule.label), std::string(schedule.name)};
    spellings.insert(spellings.end(), schedule.others.begin(), schedule.others.end());
    for (const std::string& spelling : spellings) {
      if (spelling.size() > longest && name.ends_with(" " + spelling)) {
        found = std::string(schedule.name);
        longest = spelling.size();
      }
    }
  }
  if (found) {
    name.resize(name.size() - longest - 1);
  }
  return found;
}

}  // namespace

std::string a1111_sampler_label(std::string_view sampler) {
  const SamplerNames* names = find_sampler_names(lower(sampler));
  return std::string(names == nullptr ? sampler : names->label);
}

std::string a1111_schedule_label(std::string_view schedule) {
  for (const ScheduleNames& names : schedule_table()) {
    if (names.name == schedule) {
      return std::string(names.label);
    }
  }
  return {};
}

std::optional<SamplerChoice> sampler_from_label(std::string_view label) {
  std::string name = lower(label);
  if (const SamplerNames* names = find_sampler_names(name)) {
    return SamplerChoice{std::string(names->name), std::nullopt};
  }
  std::optional<std::string> schedule = take_schedule_suffix(name);
  if (!schedule && name.ends_with("_k")) {
    name.resize(name.size() - 2);
    schedule = "karras";
  }
  const SamplerNames* names = schedule ? find_sampler_names(name) : nullptr;
  if (names == nullptr) {
    return std::nullopt;
  }
  return SamplerChoice{std::string(names->name), schedule};
}

std::optional<std::string> schedule_from_label(std::string_view label) {
  const std::string lowered = lower(label);
  for (const ScheduleNames& names : schedule_table()) {
    if (is_called(names, lowered)) {
      return std::string(names.name);
    }
  }
  return std::nullopt;
}

std::string automatic_schedule(std::string_view sampler) {
  const SamplerNames* names = find_sampler_names(sampler);
  return std::string(names == nullptr ? "default" : names->automatic);
}

bool steps_on_timesteps(std::string_view sampler) {
  const SamplerNames* names = find_sampler_names(sampler);
  return names != nullptr && names->steps == Steps::timesteps;
}

}  // namespace darkroom
