// SPDX-License-Identifier: Apache-2.0
// Any form of a model to any other, one tensor at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"
#include "core/model/model_writer.h"

namespace darkroom {

/// What a model is written as.
enum class ModelForm {
  diffusers,    ///< a folder
  single_file,  ///< one .safetensors with CompVis' names: UNet, VAE and text encoder, as A1111, ComfyUI and diffusers load it
  source_run,   ///< a .pt of the source run: the UNet's live weights and their moving average
};

/// "diffusers", "single-file", "source-run". throws  std::invalid_argument for another name
ModelForm model_form_from_name(std::string_view name);
/// What a name of a file or folder asks for: .safetensors a single file, .pt a source-run file, all else a folder.
ModelForm model_form_of_path(const std::filesystem::path& path);

struct ConvertOptions {
  ModelForm to = ModelForm::diffusers;
  std::optional<torch::ScalarType> dtype;  ///< kFloat32, kHalf, kBFloat16; absent: each tensor as it is stored
  WeightsChoice weights = WeightsChoice::ema;
  PartOverrides parts;  ///< in place of the model's own, or where it has none
  Existing existing = Existing::keep;
};

struct ConvertSummary {
  std::vector<Part> parts;         ///< that were written
  std::vector<std::string> notes;  ///< what a user should know: parts that the form has no place for, weights that were left behind
  std::string weights_used;        ///< of the UNet: "ema", "live", "model"; of a source-run file "live and ema" where it got both
  int64_t tensors = 0;
  uint64_t bytes = 0;  ///< of their numbers
};

/// Converts `source` (as resolve_model takes it) into `out`, which appears complete or not at all.
///
/// In the stored dtype every number keeps its bits. A single file holds the 1,131 names that CompVis' files of SD 1.5 have for the three
/// parts (686 + 248 + 197), "v_pred" and "ztsnr" where the model is so, and the configurations in its metadata; the noise tables of old
/// files are left out, as every program computes them from the schedule. throws  as resolve_model; Error{bad_input}: a part that the form
/// needs is missing, a UNet that has no CompVis names, numbers that are not
///         finite or do not fit `dtype`; Error{busy | io}; Error{cancelled}
ConvertSummary convert_model(const std::filesystem::path& source, const std::filesystem::path& out, const ConvertOptions& options,
                             const ProgressSink& sink, const CancelToken& cancel);

}  // namespace darkroom
