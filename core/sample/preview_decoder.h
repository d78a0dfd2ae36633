// SPDX-License-Identifier: Apache-2.0
// Previews by a tiny decoder of the model's own. Shapes: C latent channels, H W latent rows and columns.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/checkpoint/weight_files.h"
#include "core/image/image.h"
#include "core/model/model_folder.h"
#include "core/nn/tiny_decoder.h"
#include "core/sample/preview_pace.h"

namespace darkroom {

/// The decoder that `wanted` names, else what lies beside the model: a folder `taesd` (diffusers' AutoencoderTiny) or a file
/// `preview_decoder.safetensors`, in the model's folder or beside the model's file. Nothing where there is none.
std::optional<std::filesystem::path> find_preview_decoder(const std::string& wanted, const ModelPaths& paths);

/// A TAESD decoder, loaded. The latents are averaged over small squares first where a full preview would cost more than 1 % of a step: it
/// is some 9 % of the arithmetic of a guided step of Stable Diffusion 1.x, whatever the size. Not thread-safe.
class PreviewDecoder {
 public:
  /// path   taesd_decoder.safetensors or the like, a file of diffusers' AutoencoderTiny, or that model's folder
  /// throws Error{not_found | bad_input} naming the file and what is wrong: other tensors, other shapes, an architecture that is not
  /// TAESD's
  PreviewDecoder(const std::filesystem::path& path, int64_t latent_channels, torch::ScalarType dtype, torch::Device device);

  const std::filesystem::path& path() const { return path_; }

  /// latents_CHW  float [C,H,W], scaled as the diffusion model sees them
  /// step_s       what a step takes now; learns from it how large the next preview may be
  /// returns      8 W / divisor x 8 H / divisor pixels, divisor one of 1, 2, 4 and 8
  Image picture(const torch::Tensor& latents_CHW, double step_s);

 private:
  PreviewDecoder(std::filesystem::path path, const std::shared_ptr<const WeightFiles>& files, int64_t latent_channels,
                 torch::ScalarType dtype, torch::Device device);

  std::filesystem::path path_;
  TinyDecoder decoder_;
  Weights weights_;
  torch::Device device_;
  PreviewShrink shrink_;
};

}  // namespace darkroom
