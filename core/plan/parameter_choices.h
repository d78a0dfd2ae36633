// SPDX-License-Identifier: Apache-2.0
// The words that parameters of kind `choice` allow.
#pragma once

#include <string_view>

namespace darkroom::parameter_choices {

inline constexpr std::string_view samplers[] = {"ddim",     "pndm",         "euler",     "euler_a",      "heun",  "dpm2", "dpm2_a", "lms",
                                                "dpmpp_2m", "dpmpp_2m_sde", "dpmpp_sde", "dpmpp_3m_sde", "unipc", "deis", "lcm",    "ddpm"};
inline constexpr std::string_view spacings[] = {"leading", "trailing", "linspace", "source_run"};
inline constexpr std::string_view schedules[] = {"default", "karras", "exponential", "sgm_uniform", "simple", "beta"};
inline constexpr std::string_view prompt_syntaxes[] = {"weighted", "plain"};
inline constexpr std::string_view emphases[] = {"original", "no_norm", "comfy", "none"};
inline constexpr std::string_view vae_tilings[] = {"auto", "on", "off"};
inline constexpr std::string_view weights[] = {"ema", "live"};
inline constexpr std::string_view dtypes[] = {"auto", "fp32", "bf16", "fp16"};
inline constexpr std::string_view layouts[] = {"sd15", "scratch", "pocket"};
inline constexpr std::string_view init_states[] = {"all", "weights"};
inline constexpr std::string_view precisions[] = {"bf16", "fp32"};
inline constexpr std::string_view memory_formats[] = {"channels_last", "contiguous"};
inline constexpr std::string_view recompute[] = {"auto", "blocks", "none"};
inline constexpr std::string_view optimizers[] = {"adamw", "adamw8bit", "adafactor"};
inline constexpr std::string_view wandb[] = {"off", "offline", "online"};
inline constexpr std::string_view rate_schedules[] = {"cosine", "constant", "linear", "polynomial"};
inline constexpr std::string_view predictions[] = {"epsilon", "v_prediction", "flow"};
inline constexpr std::string_view timestep_samplings[] = {"uniform", "logit_normal"};
inline constexpr std::string_view losses[] = {"mse", "huber"};
inline constexpr std::string_view latent_memories[] = {"ram", "mapped"};

}  // namespace darkroom::parameter_choices
