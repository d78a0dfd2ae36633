// SPDX-License-Identifier: Apache-2.0
// The model that is measured. Speed does not depend on the values of weights, so a model that has only its configuration will do.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/model/model_folder.h"

namespace darkroom {

/// A configuration, and where its weights lie.
template <typename Config>
struct BenchPart {
  Config config;
  std::optional<PartSource> source;  ///< absent: there are no weights, and opening the part initialises them freshly

  /// "model", "ema" or "live" (`used`) where they are read, "random" where they are made.
  std::string weights(const std::string& used) const { return source ? used : "random"; }
};

/// A model folder of which any part, and any part's weights, may be missing.
class BenchModel {
 public:
  /// Reads configurations, no weights.
  ///
  /// model   as resolve_model takes it; or "sd15" or "scratch" (where no such folder exists): that layout, all weights random
  /// throws  as resolve_model; Error{bad_input} naming a config.json that is wrong
  explicit BenchModel(const std::string& model);

  const std::optional<BenchPart<UNetConfig>>& unet() const { return unet_; }
  const std::optional<BenchPart<VaeConfig>>& vae() const { return vae_; }
  const std::optional<BenchPart<ClipTextConfig>>& text_encoder() const { return text_encoder_; }
  const ModelPaths& paths() const { return paths_; }

  /// Each opens a part that is there: its weights from the folder, or from seed 0. throws as load_unet and its like
  LoadedUNet open_unet(const LoadOptions& options) const;
  LoadedVae open_vae(const LoadOptions& options) const;
  LoadedTextEncoder open_text_encoder(const LoadOptions& options) const;
  /// The UNet's weights as training holds them.
  std::unique_ptr<ParameterArena> open_arena(const ParameterLayout& layout, const ArenaOptions& options) const;

  /// Pixels a latent: the VAE's, or 8 where there is none.
  int64_t downscale() const;
  /// Side of the pictures that the model was made for, in pixels.
  int64_t picture_side() const;

 private:
  ModelPaths paths_;
  std::optional<BenchPart<UNetConfig>> unet_;
  std::optional<BenchPart<VaeConfig>> vae_;
  std::optional<BenchPart<ClipTextConfig>> text_encoder_;
};

}  // namespace darkroom
