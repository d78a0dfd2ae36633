// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/diffusion/noise_schedule.h"
#include "core/diffusion/prediction.h"
#include "core/model/model_folder.h"
#include "core/nn/unet_replay.h"
#include "core/plan/generate_options.h"
#include "core/sample/latent_preview.h"
#include "core/sample/preview_decoder.h"
#include "core/sample/prompt_encoder.h"

namespace darkroom {

/// A model with all that sampling needs, on one device. Not thread-safe.
class SamplingModel {
 public:
  /// Reads the model that `options` names (model, vae, text_encoder, weights, dtype).
  ///
  /// dtype "auto" is fp32 on a CPU and bf16 on a GPU; under fp16 a VAE that says so is run in fp32.
  /// throws  Error{not_found | bad_input} naming the file
  SamplingModel(const GenerateOptions& options, torch::Device device);
  /// A model that was loaded with load_options, the VAE with those of vae_dtype_for(dtype); its hashes stay empty.
  SamplingModel(ModelParts parts, torch::Device device, torch::ScalarType dtype);
  SamplingModel(const SamplingModel&) = delete;
  SamplingModel& operator=(const SamplingModel&) = delete;

  /// What decides whether two requests can share a loaded model.
  static std::string key(const GenerateOptions& options, torch::Device device);

  /// How the parts are to be loaded for it: on a CPU as they lie in their files, since they are laid out anew (core/nn/packed_weights.h)
  /// and the files' own stay for LoRAs to be merged into; else in `dtype`, convolutions in channels_last.
  static LoadOptions load_options(torch::ScalarType dtype, torch::Device device);

  /// Puts exactly these LoRAs and embeddings on: what the last request had and this one lacks goes away, and the weights are then the
  /// file's, bit for bit. Costs nothing where nothing changes.
  /// throws  Error{not_found | bad_input} naming the file and what is wrong with it; the model is then as before
  void wear(const std::vector<LoraUse>& loras, const std::vector<std::string>& embeddings);

  const ModelParts& parts() const { return parts_; }
  torch::Device device() const { return device_; }
  torch::ScalarType dtype() const { return dtype_; }
  torch::ScalarType vae_dtype() const { return vae_dtype_; }
  const NoiseSchedule& schedule() const { return schedule_; }
  Prediction prediction() const { return prediction_; }
  /// The UNet's forward pass with what is worn, as UNetReplay::forward.
  torch::Tensor run_unet(const torch::Tensor& x_BCHW, const torch::Tensor& t_B, const torch::Tensor& context_BLD,
                         const std::optional<torch::Tensor>& mask_BL, ContextCache& projections) const {
    return unet_replay_.forward(parts_.unet.weights, x_BCHW, t_B, context_BLD, mask_BL, projections);
  }
  /// The VAE's weights as decoding computes with them, and encoding; laid out when they are asked for first: the first step does not wait.
  const Weights& decoder_weights() const;
  const Weights& encoder_weights() const;

  /// A small picture of unfinished latents [C,H,W], scaled as the diffusion model sees them: by the preview decoder, else linear with one
  /// pixel a latent. The linear one is fitted to the VAE when it is asked for first (LatentPreview::fit).
  /// step_s  what a step takes now; the preview decoder keeps to a share of it
  Image preview(const torch::Tensor& latents_CHW, double step_s) const;
  /// Previews with the decoder of this file or folder from now on, or without one. Costs nothing where it is in use already.
  /// throws  as PreviewDecoder; the model is then as before
  void use_preview_decoder(const std::optional<std::filesystem::path>& path);

  PromptEncoder& prompts() { return *prompts_; }
  const EmbeddingNames& embeddings() const { return prompts_->embeddings(); }
  /// The file of each of embeddings().
  const std::vector<std::string>& embedding_files() const { return embedding_files_; }
  /// What is worn.
  const std::vector<LoraUse>& loras() const { return loras_; }
  /// Pixels a latent.
  int64_t downscale() const { return parts_.vae.model->downscale(); }
  /// part_sha256 of the UNet: of a single file that of the whole file. Read through when it is asked for first, unless the user's cache
  /// knows it. Empty for a model that was not loaded from files.
  const std::string& model_hash() const;
  /// part_sha256 of a VAE that lies in another file than the UNet, else empty.
  const std::string& vae_hash() const;
  /// Of the weights in memory, LoRAs aside.
  uint64_t bytes() const;

  /// fp16 overflows in the VAE of SD 1.x: beside an fp16 UNet it runs in fp32.
  static torch::ScalarType vae_dtype_for(torch::ScalarType dtype) { return dtype == torch::kFloat16 ? torch::kFloat32 : dtype; }

 private:
  torch::Device device_;
  torch::ScalarType dtype_;
  torch::ScalarType vae_dtype_;
  ModelParts parts_;  // with what is worn
  mutable UNetReplay unet_replay_;
  Weights plain_unet_;  // as in the files
  Weights plain_text_;
  std::vector<int> worn_unet_;  // slots that LoRAs have changed
  std::vector<int> worn_text_;
  std::vector<LoraUse> loras_;
  bool loras_are_on_ = true;  // false: putting others on has failed half way
  std::vector<std::string> embeddings_;
  std::vector<std::string> embedding_files_;
  NoiseSchedule schedule_;
  Prediction prediction_;
  mutable std::optional<Weights> decoder_weights_;
  mutable std::optional<Weights> encoder_weights_;
  mutable std::optional<LatentPreview> linear_preview_;
  std::unique_ptr<PreviewDecoder> preview_decoder_;
  bool from_files_ = false;
  mutable std::string model_hash_;
  mutable std::string vae_hash_;
  std::optional<PromptEncoder> prompts_;
};

}  // namespace darkroom
