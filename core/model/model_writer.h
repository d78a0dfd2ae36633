// SPDX-License-Identifier: Apache-2.0
// Writes diffusers folders, freshly initialised ones among them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "core/model/model_folder.h"

namespace darkroom {

/// "fp32", "fp16" or "bf16", as people write them. throws std::invalid_argument on another name
torch::ScalarType dtype_from_name(std::string_view name);
/// The inverse. throws std::invalid_argument for another dtype
std::string_view short_dtype_name(torch::ScalarType dtype);

/// What becomes of something that lies where a model is to be written.
enum class Existing {
  keep,     ///< an error; an empty folder does not count
  replace,  ///< a model that lies there goes when the new one is complete
};

/// One part to be written: its configuration and its tensors, made one at a time, so that a model larger than memory can be written.
struct PartContent {
  Part part = Part::unet;
  Json config;
  std::vector<TensorInfo> tensors;  ///< by our names, in the dtype in which they are written
  std::function<torch::Tensor(size_t)> make;
};

/// Writes one part: config.json and its safetensors file. Creates the folder. throws  Error{io}
void write_part(const std::filesystem::path& folder, const PartContent& content);

/// The same from memory, in `dtype` (kFloat32, kHalf or kBFloat16).
void write_unet(const std::filesystem::path& folder, const UNetModel& model, const Weights& weights, torch::ScalarType dtype);
void write_vae(const std::filesystem::path& folder, const Vae& model, const Weights& weights, torch::ScalarType dtype);
void write_text_encoder(const std::filesystem::path& folder, const ClipText& model, const Weights& weights, torch::ScalarType dtype);

/// Writes a diffusers folder: unet/, vae/, text_encoder/, scheduler/scheduler_config.json, and model_index.json where all three are there.
///
/// The folder appears complete: it is written as `<out>.tmp` and renamed.
/// throws  Error{busy}: `out` exists and is to be kept, or is no model; Error{io}
void write_model_folder(const std::filesystem::path& out, const std::vector<PartContent>& parts, const Json& scheduler,
                        Existing existing = Existing::keep);
void write_model_folder(const std::filesystem::path& out, const ModelParts& parts, torch::ScalarType dtype);

/// throws  Error{busy} when something lies at `out` that may not be replaced
void require_free(const std::filesystem::path& out, Existing existing);

/// How much signal the last train step of a schedule has: SD 1.x's little, or none.
enum class TerminalSnr { usual, zero };

/// The scheduler of Stable Diffusion 1.x: scaled_linear betas 0.00085 -> 0.012, 1000 steps, DDIM, never clamped.
/// A rectified flow has diffusers' FlowMatchEulerDiscreteScheduler with shift 1; its sampling, and that of a schedule with zero terminal
/// SNR, starts at noise alone (trailing spacing).
///
/// prediction_type  "epsilon", "v_prediction" or "flow"
Json training_scheduler_config(std::string_view prediction_type = "epsilon", TerminalSnr terminal = TerminalSnr::usual);

/// Writes a freshly initialised model: the recipe's zeros, all else as PyTorch and transformers start it.
///
/// layout  "sd15", "scratch" or "pocket" (configs of the embedded model)
/// seed    the same seed gives the same bytes on every machine
/// throws  Error{usage} naming the allowed layouts; as write_model_folder
void init_model(std::string_view layout, uint64_t seed, const std::filesystem::path& out, torch::ScalarType dtype = torch::kFloat32);

}  // namespace darkroom
