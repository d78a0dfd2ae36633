// SPDX-License-Identifier: Apache-2.0
// The road from a prompt to pictures. Shapes: B batch, C latent channels, H W latent rows and columns.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/diffusion/noise_schedule.h"
#include "core/image/image.h"
#include "core/image/image_metadata.h"
#include "core/model/model_folder.h"
#include "core/plan/generate_options.h"
#include "core/sample/latent_preview.h"
#include "core/sample/prompt_encoder.h"

namespace darkroom {

/// A model with all that sampling needs, on one device.
class SamplingModel {
 public:
  /// Reads the model that `options` names (model, vae, text_encoder, weights, dtype).
  ///
  /// dtype "auto" is fp32 on a CPU and bf16 on a GPU; under fp16 a VAE that says so is run in fp32.
  /// throws  Error{not_found | bad_input} naming the file
  SamplingModel(const GenerateOptions& options, torch::Device device);
  /// A model that is in memory already, the UNet and text encoder in `dtype`, the VAE in vae_dtype_for(dtype); its hashes stay empty.
  SamplingModel(ModelParts parts, torch::Device device, torch::ScalarType dtype);
  SamplingModel(const SamplingModel&) = delete;
  SamplingModel& operator=(const SamplingModel&) = delete;

  /// What decides whether two requests can share a loaded model.
  static std::string key(const GenerateOptions& options, torch::Device device);

  const ModelParts& parts() const { return parts_; }
  torch::Device device() const { return device_; }
  torch::ScalarType dtype() const { return dtype_; }
  torch::ScalarType vae_dtype() const { return vae_dtype_; }
  const NoiseSchedule& schedule() const { return schedule_; }
  const LatentPreview& preview() const { return preview_; }
  PromptEncoder& prompts() { return *prompts_; }
  /// XXH3-128 of the UNet's and the VAE's weights.
  const std::string& unet_hash() const { return unet_hash_; }
  const std::string& vae_hash() const { return vae_hash_; }

  /// fp16 overflows in the VAE of SD 1.x: beside an fp16 UNet it runs in fp32.
  static torch::ScalarType vae_dtype_for(torch::ScalarType dtype) { return dtype == torch::kFloat16 ? torch::kFloat32 : dtype; }

 private:
  torch::Device device_;
  torch::ScalarType dtype_;
  torch::ScalarType vae_dtype_;
  ModelParts parts_;
  NoiseSchedule schedule_;
  LatentPreview preview_;
  std::string unet_hash_;
  std::string vae_hash_;
  std::optional<PromptEncoder> prompts_;
};

/// Where a generation stands; `preview` makes its picture when it is called.
struct SampleStep {
  int64_t image = 0;   ///< first image of the batch that is being made, from 0
  int64_t images = 0;  ///< of the whole request
  int64_t step = 0;    ///< done, 1 … of
  int64_t of = 0;
  std::function<Image()> preview;  ///< the first image of the batch as the model expects it now; valid during the call
};

/// One finished picture.
struct MadeImage {
  Image image;
  int64_t index = 0;  ///< within the request
  uint64_t seed = 0;
  GenerationRecord record;  ///< with everything filled in but the program's version
};

struct SampleHooks {
  std::function<void(const SampleStep&)> on_step;
  std::function<void(MadeImage)> on_image;  ///< as soon as it is decoded
  CancelToken cancel;
};

/// What a request made besides the pictures.
struct SampleOutcome {
  torch::Tensor latents_BCHW;  ///< float32 on the CPU, as they left the sampler (before the division by the VAE's scaling factor)
  std::string prompt_cut;      ///< the end of the prompt that did not fit; empty when all did
  std::string negative_cut;
  GenerateOptions options;  ///< with the sampler, spacing and steps that were used
};

/// Makes wanted.count pictures in batches of wanted.batch, image i with seed + i.
///
/// Without a sampler or steps the model folder's scheduler config decides, else DDIM and 50 steps. x0 is never clamped.
/// throws  Error{usage} for an unknown sampler or a size that the model cannot make, Error{cancelled}, Error{bad_input} for a noise file
SampleOutcome make_images(SamplingModel& model, const GenerateOptions& wanted, const SampleHooks& hooks);

}  // namespace darkroom
