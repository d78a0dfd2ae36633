// SPDX-License-Identifier: Apache-2.0
// What samplers and schedules are called elsewhere. Ours are the words of generate.sampler and generate.schedule.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace darkroom {

/// As AUTOMATIC1111 spells it ("DPM++ 2M", "Euler a"); our own name where it has no such sampler.
std::string a1111_sampler_label(std::string_view sampler);

/// As AUTOMATIC1111 spells it ("Karras", "SGM Uniform"); "Uniform" for our "default". Empty for a word that is not ours.
std::string a1111_schedule_label(std::string_view schedule);

/// A sampler and, where its name said so, the schedule.
struct SamplerChoice {
  std::string sampler;
  std::optional<std::string> schedule;
  bool operator==(const SamplerChoice&) const = default;
};

/// Our name for any spelling of AUTOMATIC1111 (old combined ones too: "DPM++ 2M Karras"), ComfyUI, InvokeAI ("dpmpp_2m_k" is Karras),
/// NovelAI or stable-diffusion.cpp, in any case. Nothing when we have no such sampler.
std::optional<SamplerChoice> sampler_from_label(std::string_view label);

/// Our name for any spelling of the same programs. Nothing for a schedule that we do not have, and for "Automatic".
std::optional<std::string> schedule_from_label(std::string_view label);

/// What AUTOMATIC1111's "Automatic" means for a sampler of ours: karras, exponential or default.
std::string automatic_schedule(std::string_view sampler);

/// True for ddim, pndm, unipc, deis, lcm and ddpm, which step on the training's timesteps; the others step on noise levels, which for
/// AUTOMATIC1111 and ComfyUI are spaced evenly in time from the first to the last (our "linspace").
bool steps_on_timesteps(std::string_view sampler);

}  // namespace darkroom
