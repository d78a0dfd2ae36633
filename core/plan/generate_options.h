// SPDX-License-Identifier: Apache-2.0
// What to draw: the options of `darkroom-engine generate`, of the protocol's Generate, and of the JSON inside every PNG.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/json_reader.h"
#include "core/plan/parameter_spec.h"

namespace darkroom {

/// A LoRA and how much of it is added to the model.
struct LoraUse {
  std::string path;
  double scale = 1;                  ///< any finite number; negative takes away what the LoRA would add
  std::optional<double> text_scale;  ///< of what it does to the text encoder; absent: as `scale`
  bool operator==(const LoraUse&) const = default;
};

/// "PATH" or "PATH:SCALE" -> its parts. A colon that no number follows belongs to the path.
/// throws  Error{usage} when the path is empty or the scale is not finite
LoraUse lora_use_from_text(const std::string& text);

/// Fields are the "generate" group of the parameter table, under the same names. An absent optional is decided by the model:
/// sampler, spacing and steps by its scheduler config (else DDIM, 50 steps), width and height by its UNet's sample size and VAE.
struct GenerateOptions {
  std::string model{default_text("generate.model")};  ///< "pocket", or a path
  std::string vae;                                    ///< path; empty: the model's own
  std::string text_encoder;                           ///< path; empty: the model's own
  std::string prompt;
  std::string negative;
  int64_t seed = default_integer("generate.seed");  ///< image i of the call uses seed + i
  std::optional<int64_t> variation_seed;            ///< image i uses variation_seed + i, and the plain seed for its own noise
  double variation_strength = default_real("generate.variation_strength");
  std::optional<int64_t> steps;
  double cfg_scale = default_real("generate.cfg_scale");
  double cfg_rescale = default_real("generate.cfg_rescale");
  double eta = default_real("generate.eta");
  int64_t clip_skip = default_integer("generate.clip_skip");
  std::string prompt_syntax{default_text("generate.prompt_syntax")};  ///< "weighted" or "plain"
  std::string emphasis{default_text("generate.emphasis")};            ///< "original", "no_norm", "comfy", "none"
  std::optional<std::string> sampler;
  std::optional<std::string> schedule;  ///< absent: the sampler's own; "default": the timestep spacing
  std::optional<std::string> spacing;
  std::optional<int64_t> width;   ///< px, multiple of 8
  std::optional<int64_t> height;  ///< px, multiple of 8
  std::string init_image;         ///< path; empty: from noise alone
  double strength = default_real("generate.strength");
  std::string mask;  ///< path; empty: the whole picture is redrawn
  int64_t mask_blur = default_integer("generate.mask_blur");
  std::optional<double> hires_scale;   ///< absent: no second pass
  std::optional<int64_t> hires_steps;  ///< absent: as `steps`
  double hires_strength = default_real("generate.hires_strength");
  std::string lora_folder;              ///< where <lora:name:scale> of a prompt is looked for; empty: beside the model, in `lora`
  std::vector<LoraUse> loras;           ///< added in this order
  std::vector<std::string> embeddings;  ///< paths
  int64_t count = default_integer("generate.count");
  int64_t batch = default_integer("generate.batch");
  std::string weights{default_text("generate.weights")};        ///< "ema" (where there is one) or "live"
  std::string device{default_text("generate.device")};          ///< "auto", "cpu", "cuda:0", …
  std::string dtype{default_text("generate.dtype")};            ///< "auto", "fp32", "bf16", "fp16"
  std::string vae_tiling{default_text("generate.vae_tiling")};  ///< "auto", "on", "off"
  std::string preview_decoder;                                  ///< path; empty: what lies beside the model
  std::string noise;         ///< path of a safetensors file with tensor `noise` [B,4,H/f,W/f]; empty: drawn from the seeds
  std::string save_latents;  ///< path; empty: not written
  std::string out;           ///< FILE.png or a folder

  bool operator==(const GenerateOptions&) const = default;
};

/// Every set field, in the order of the table; absent and empty ones are left out.
Json to_json(const GenerateOptions& options);

/// Strict: unknown keys and wrong values add problems with pointers below `pointer`. Includes check_generate_options.
GenerateOptions generate_options_from_json(const Json& json, std::vector<Problem>& problems, const std::string& pointer = "");

/// Ranges and choices of the table for options that came from elsewhere (command line, forms); pointers are "/<name>".
void check_generate_options(const GenerateOptions& options, std::vector<Problem>& problems, const std::string& pointer = "");

}  // namespace darkroom
