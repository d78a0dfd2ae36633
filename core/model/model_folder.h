// SPDX-License-Identifier: Apache-2.0
// Models on the disk: diffusers folders and the checkpoints of a run, read component by component.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/nn/clip_text.h"
#include "core/nn/unet.h"
#include "core/nn/vae.h"
#include "core/tensor/parameter_arena.h"

namespace darkroom {

/// Which weights of a run's checkpoint.
enum class WeightsChoice {
  ema,   ///< the moving average where there is one, else the live weights
  live,  ///< the weights as the optimiser left them
};

/// Where the parts of a model lie. A part that the model does not have is absent.
struct ModelPaths {
  std::filesystem::path model;  ///< as resolved: the folder that was meant
  std::optional<std::filesystem::path> unet;
  std::optional<std::filesystem::path> vae;
  std::optional<std::filesystem::path> text_encoder;
  Json scheduler;            ///< scheduler_config.json; of a checkpoint: the training schedule with the phase's prediction type
  std::string weights_used;  ///< "ema", "live", or "model" for a folder that has only one set
  std::optional<bool>
      text_attention_mask;  ///< of a checkpoint's plan: whether the text encoder is given the mask; absent: the UNet's layout decides

  /// The folder of a part. throws Error{not_found} naming the model and the part, and what to give instead
  const std::filesystem::path& require_unet() const;
  const std::filesystem::path& require_vae() const;
  const std::filesystem::path& require_text_encoder() const;
};

/// Parts that are taken from elsewhere: a model folder, or the part's own folder.
struct PartOverrides {
  std::optional<std::filesystem::path> vae;
  std::optional<std::filesystem::path> text_encoder;
};

/// Finds out what `path` is and where its parts lie; reads no weights.
///
/// path    "pocket" (the embedded model), a diffusers folder (model_index.json optional), a folder that is one part alone (config.json), or
/// a
///         run's checkpoint folder (`checkpoints/step_N`: the VAE and text encoder are those that the run's plan.json names; relative
///         paths in it are relative to the run directory)
/// throws  Error{not_found} naming the path and what is expected there; Error{bad_input} naming a file that is wrong
ModelPaths resolve_model(const std::filesystem::path& path, WeightsChoice choice = WeightsChoice::ema, const PartOverrides& overrides = {});

/// How weights are loaded.
struct LoadOptions {
  torch::ScalarType dtype = torch::kFloat32;
  torch::Device device = torch::kCPU;
  ConvolutionMemory convolution_memory = ConvolutionMemory::channels_last;
};

struct LoadedUNet {
  std::unique_ptr<UNetModel> model;
  Weights weights;
};
struct LoadedVae {
  std::unique_ptr<Vae> model;
  Weights weights;
};
struct LoadedTextEncoder {
  std::unique_ptr<ClipText> model;
  Weights weights;
};

/// Each reads config.json and the weights of one part's folder.
/// throws  Error{not_found | bad_input} naming the file and what is wrong in it
LoadedUNet load_unet(const std::filesystem::path& folder, const LoadOptions& options = {});
LoadedVae load_vae(const std::filesystem::path& folder, const LoadOptions& options = {});
LoadedTextEncoder load_text_encoder(const std::filesystem::path& folder, const LoadOptions& options = {});

/// A model with all that makes an image.
struct ModelParts {
  ModelPaths paths;
  LoadedUNet unet;
  LoadedVae vae;
  LoadedTextEncoder text;
};

/// Loads the UNet, VAE and text encoder. throws as resolve_model and load_*
ModelParts load_model(const ModelPaths& paths, const LoadOptions& options = {});

/// The same, with the VAE in its own dtype (fp16 overflows in a VAE with force_upcast).
ModelParts load_model(const ModelPaths& paths, const LoadOptions& options, torch::ScalarType vae_dtype);

/// XXH3-128 of a part's weights as they lie in its folder: 32 hex digits.
std::string part_hash(const std::filesystem::path& folder);

/// Convolution weights (4-D) as channels_last; the others, and all under `contiguous`, as they are.
Weights with_convolution_memory(Weights weights, ConvolutionMemory memory);

}  // namespace darkroom
