// SPDX-License-Identifier: Apache-2.0
// A single file that holds a model or parts of one, understood from its names and shapes.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/model/part_source.h"

namespace darkroom {

/// Opens a file and finds the parts of Stable Diffusion 1.x in it; reads headers only.
///
/// Understands CompVis' names ("model.diffusion_model.…", "model_ema.…", "first_stage_model.…", "cond_stage_model.transformer.…"), those of
/// diffusers and transformers, and the source run's checkpoints with their dicts and nested prefixes (source_run.md 2). Names that belong
/// to no part (noise tables, optimisers, losses) are passed over.
class ModelFile {
 public:
  /// throws  Error{not_found | io}; Error{bad_input} naming the file and what it is instead: no weights, damaged, a LoRA, a ControlNet,
  ///         Stable Diffusion 2.x, XL …
  explicit ModelFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return files_->path(); }
  const WeightFiles& files() const { return *files_; }
  /// "CompVis", "source run", "diffusers", or several with "+": whose names were found.
  const std::string& layout() const { return layout_; }

  bool has(Part part) const { return !tensors_[index(part)].empty() || (part == Part::unet && has_ema()); }
  /// A moving average of the UNet, beside the live weights or alone.
  bool has_ema() const { return !ema_.empty(); }
  bool has_live() const { return !tensors_[index(Part::unet)].empty(); }
  /// "ema", "live", or "model" where there is only one set and nothing says which.
  std::string weights_used(WeightsChoice choice) const;

  /// The configuration that metadata give (files that Darkroom wrote), else what names and shapes show, with the rest as in SD 1.x:
  /// 8 heads, 32 norm groups, scaling factor 0.18215. throws Error{bad_input} where that cannot be
  UNetConfig unet_config() const;
  VaeConfig vae_config() const;
  ClipTextConfig text_encoder_config() const;
  /// The schedule of Stable Diffusion 1.x with the prediction that the file is marked with: keys "v_pred" and "ztsnr", or metadata.
  Json scheduler() const;

  /// Which tensors are a part's, by our names. throws Error{not_found} when the part, or the set of weights, is not there
  std::vector<RenamedTensor> tensors(Part part, WeightsChoice choice = WeightsChoice::ema) const;
  /// Names that belong to no part, sorted.
  const std::vector<std::string>& passed_over() const { return passed_over_; }
  std::shared_ptr<const WeightFiles> shared_files() const { return files_; }

 private:
  static size_t index(Part part) { return static_cast<size_t>(part); }
  void sort_out(const TensorInfo& info);
  void sort_out_bare(const std::string& file_name, const std::string& name);
  void collect_compvis_ema();
  static void rename_unet(std::vector<RenamedTensor>& tensors);
  void rename_vae();
  void read_metadata();
  void require_something() const;
  void add(Part part, const std::string& file_name, std::string name);
  const Json* written_config(Part part) const;
  std::map<std::string, std::vector<int64_t>> shapes(Part part) const;

  std::shared_ptr<const WeightFiles> files_;
  std::array<std::vector<RenamedTensor>, 3> tensors_;
  std::vector<RenamedTensor> ema_;
  std::map<std::string, std::string> compvis_ema_;  // flattened name -> name in the file, until it is matched
  std::vector<std::string> passed_over_;
  std::string layout_;
  bool compvis_ = false;
  bool source_run_ = false;
  bool v_prediction_ = false;
  bool zero_snr_ = false;
  Json written_;  // of the metadata
};

/// The metadata entry of a safetensors file that ModelFile reads configurations from: an object with "unet", "vae", "text_encoder" and
/// "scheduler", each as in a diffusers folder.
inline constexpr const char* model_metadata_key = "darkroom_model";

}  // namespace darkroom
