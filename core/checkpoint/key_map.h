// SPDX-License-Identifier: Apache-2.0
// What other programs call the parameters of Stable Diffusion 1.x. Ours are the names of current diffusers and transformers files; the
// single files of A1111, ComfyUI and others have those of the CompVis code. Names alone are mapped, so nothing here knows a size.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace darkroom {

/// Where the parts of a model stand in a single file.
inline constexpr std::string_view compvis_unet_prefix = "model.diffusion_model.";
inline constexpr std::string_view compvis_vae_prefix = "first_stage_model.";
inline constexpr std::string_view compvis_text_prefix = "cond_stage_model.transformer.";
/// A table of positions, int64 [1,77], that older transformers kept beside the text encoder's weights; single files have it.
inline constexpr std::string_view position_ids_name = "text_model.embeddings.position_ids";

/// A UNet's names in both spellings. CompVis numbers all blocks of one direction in a row, diffusers level by level: which is which
/// follows from how many layers each level has, and that from the names themselves.
class UNetKeyMap {
 public:
  /// names  all of a UNet, without a prefix: "down_blocks.0.resnets.0.conv1.weight"; unknown ones are passed over
  static UNetKeyMap of_diffusers(const std::vector<std::string>& names);
  /// names  all of a UNet, without a prefix: "input_blocks.1.0.in_layers.0.weight"
  static UNetKeyMap of_compvis(const std::vector<std::string>& names);

  /// Nothing for a name that is not one of a UNet of SD 1.x.
  std::optional<std::string> to_compvis(const std::string& name) const;
  std::optional<std::string> to_diffusers(const std::string& name) const;

 private:
  struct Level {
    int64_t layers = 0;         // residual blocks on the way down
    bool attention_up = false;  // then an upsampler comes third in its block, else second
  };
  struct Place {
    size_t level = 0;
    int64_t layer = 0;  // layers of the level on: what follows them
  };
  int64_t first_input_block(size_t level) const;
  int64_t first_output_block(size_t level) const;
  std::optional<Place> input_place(int64_t block) const;
  std::optional<Place> output_place(int64_t block) const;

  std::vector<Level> levels_;  // finest first
};

/// A VAE's names in both spellings. The levels of the decoder are counted from the other end.
class VaeKeyMap {
 public:
  static VaeKeyMap of_diffusers(const std::vector<std::string>& names);
  static VaeKeyMap of_compvis(const std::vector<std::string>& names);

  std::optional<std::string> to_compvis(const std::string& name) const;
  /// Also takes the attention names of diffusers before 0.15 ("query", "proj_attn").
  std::optional<std::string> to_diffusers(const std::string& name) const;

  /// CompVis stores the attention's projections as 1x1 convolutions: [C,C] becomes [C,C,1,1].
  static std::vector<int64_t> compvis_shape(const std::string& compvis_name, std::vector<int64_t> shape);

 private:
  int64_t levels_ = 0;
};

/// The text encoder's name of a single file's, after the prefix: "text_model." is put before where the oldest files lack it.
std::string text_name_of_compvis(const std::string& name);

/// The name of a parameter's moving average in a CompVis training file: "model_ema.diffusion_modelinput_blocks00weight".
/// name  of the UNet, in CompVis spelling, without a prefix
std::string compvis_ema_name(const std::string& name);

/// A name without what training wrappers add: the components "module", "_orig_mod", "_fsdp_wrapped_module" and
/// "_checkpoint_wrapped_module" anywhere, and "unet" in front, nested in any order.
std::string without_wrappers(const std::string& name);

}  // namespace darkroom
