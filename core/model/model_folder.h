// SPDX-License-Identifier: Apache-2.0
// Models on the disk: diffusers folders, single files and the checkpoints of a run, read component by component.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/model/part_source.h"
#include "core/nn/clip_text.h"
#include "core/nn/unet.h"
#include "core/nn/vae.h"
#include "core/tensor/parameter_arena.h"

namespace darkroom {

/// Where the parts of a model lie. A part that the model does not have is absent.
struct ModelPaths {
  std::filesystem::path model;  ///< as resolved: the folder or file that was meant
  std::optional<PartSource> unet;
  std::optional<PartSource> vae;
  std::optional<PartSource> text_encoder;
  Json scheduler;            ///< scheduler_config.json; of a checkpoint: the training schedule with the phase's prediction type; of a file:
                             ///< that of Stable Diffusion 1.x with the prediction that it is marked with
  std::string weights_used;  ///< "ema", "live", or "model" for a model that has only one set
  std::optional<bool>
      text_attention_mask;  ///< of a checkpoint's plan: whether the text encoder is given the mask; absent: the UNet's layout decides

  const std::optional<PartSource>& source(Part part) const;
  /// Where a part lies. throws  Error{not_found} naming the model and the part, and what to give instead
  const PartSource& require_unet() const;
  const PartSource& require_vae() const;
  const PartSource& require_text_encoder() const;
};

/// Parts that are taken from elsewhere: a model folder, the part's own folder, or a file that holds it.
struct PartOverrides {
  std::optional<std::filesystem::path> vae;
  std::optional<std::filesystem::path> text_encoder;
};

/// Finds out what `path` is and where its parts lie; reads no weights.
///
/// path    "pocket" (the embedded model); a diffusers folder (model_index.json optional); a folder that is one part alone (config.json);
///         a file: a single-file .safetensors or .ckpt, a source-run .pt, or one part's weights (ModelFile); or a run's checkpoint folder
///         (`checkpoints/step_N`: the VAE and text encoder are those that the run's plan.json names; relative paths in it are relative to
///         the run directory)
/// throws  Error{not_found} naming the path and what is expected there; Error{bad_input} naming a file that is wrong
ModelPaths resolve_model(const std::filesystem::path& path, WeightsChoice choice = WeightsChoice::ema, const PartOverrides& overrides = {});

/// How weights are loaded.
struct LoadOptions {
  std::optional<torch::ScalarType> dtype = torch::kFloat32;  ///< absent: each tensor as it is in its file; on a CPU nothing is copied then
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

/// Each reads the configuration and the weights of one part. Weights that need no conversion stay in the mapped file.
/// throws  Error{not_found | bad_input} naming the file and what is wrong in it: every name that does not fit, the tensor that is not
/// finite
LoadedUNet load_unet(const PartSource& source, const LoadOptions& options = {});
LoadedVae load_vae(const PartSource& source, const LoadOptions& options = {});
LoadedTextEncoder load_text_encoder(const PartSource& source, const LoadOptions& options = {});

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
ModelParts load_model(const ModelPaths& paths, const LoadOptions& options, std::optional<torch::ScalarType> vae_dtype);

/// Convolution weights (4-D) as channels_last; the others, and all under `contiguous`, as they are.
Weights with_convolution_memory(Weights weights, ConvolutionMemory memory);

}  // namespace darkroom
