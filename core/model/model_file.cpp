// SPDX-License-Identifier: Apache-2.0
// Each tensor's name is stripped from the outside in: the dict of a torch file, the wrappers of training, the part's prefix. What is left
// is the part's own spelling, which is then turned into ours as a whole.
#include "core/model/model_file.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/checkpoint/key_map.h"
#include "core/checkpoint/torch_archive.h"
#include "core/model/model_writer.h"
#include "core/model/shape_config.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

using Words = std::vector<std::string_view>;

constexpr std::string_view shadow_prefix = "ema_state_dict.shadow.";

// Dicts that hold a model's weights in files of torch.save.
const Words weight_dicts = {"unet_state_dict.", "model_state_dict.", "state_dict."};

// Dicts and modules that no picture needs.
const Words other_dicts = {"optimizer_state_dict.",
                           "optimizer_states.",
                           "optimizer.",
                           "lr_scheduler_state_dict.",
                           "scheduler_state_dict.",
                           "lr_schedulers.",
                           "callbacks.",
                           "loops.",
                           "loss.",
                           "ema_state_dict."};

const Words unet_starts = {"input_blocks.",   "middle_block.", "output_blocks.", "time_embed.",      "out.",
                           "time_embedding.", "down_blocks.",  "mid_block.",     "up_blocks.",       "conv_in.",
                           "conv_norm_out.",  "conv_out.",     "add_embedding.", "class_embedding.", "t_emb.",
                           "downs.",          "ups.",          "mid.",           "norm_out."};
const Words vae_starts = {"encoder.", "decoder.", "quant_conv.", "post_quant_conv."};
const Words text_starts = {"text_model."};

// A whole CLIPModel holds an image half too; older transformers stored a table of positions.
const Words text_ignored = {"vision_model.", "visual_projection.", "text_projection", "logit_scale", position_ids_name};

struct Other {
  std::string_view word;
  bool anywhere;
  std::string_view what;
};

// Words that tell another kind of file at once.
const std::vector<Other> other_kinds = {
    {"lora_unet_", false, "a LoRA"},
    {"lora_te", false, "a LoRA"},
    {".lora_down.", true, "a LoRA"},
    {".lora_A.", true, "a LoRA"},
    {".lora.down.", true, "a LoRA"},
    {"control_model.", false, "a ControlNet"},
    {"controlnet_", false, "a ControlNet"},
    {"input_hint_block.", true, "a ControlNet"},
    {"string_to_param.", false, "a textual-inversion embedding"},
    {"emb_params", false, "a textual-inversion embedding"},
    {"conditioner.embedders.", false, "Stable Diffusion XL"},
    {"model.diffusion_model.label_emb.", false, "Stable Diffusion XL or unCLIP"},
    {"cond_stage_model.model.", false, "Stable Diffusion 2.x (its text encoder is OpenCLIP)"},
    {".joint_blocks.", true, "Stable Diffusion 3"},
    {"double_blocks.", true, "Flux"},
};

bool starts_with_any(std::string_view name, const Words& starts) {
  return std::any_of(starts.begin(), starts.end(), [&](std::string_view start) { return name.starts_with(start); });
}

bool take(std::string_view& name, std::string_view prefix) {
  if (!name.starts_with(prefix)) {
    return false;
  }
  name.remove_prefix(prefix.size());
  return true;
}

std::vector<std::string> names_of(const std::vector<RenamedTensor>& tensors) {
  std::vector<std::string> names;
  names.reserve(tensors.size());
  for (const RenamedTensor& tensor : tensors) {
    names.push_back(tensor.name);
  }
  return names;
}

bool any_starts(const std::vector<RenamedTensor>& tensors, std::string_view start) {
  return std::any_of(tensors.begin(), tensors.end(), [&](const RenamedTensor& tensor) { return tensor.name.starts_with(start); });
}

}  // namespace

ModelFile::ModelFile(const fs::path& path) : files_(std::make_shared<const WeightFiles>(path)) {
  for (const TensorInfo& info : files_->tensors()) {
    sort_out(info);
  }
  require_something();
  collect_compvis_ema();
  std::sort(passed_over_.begin(), passed_over_.end());
  rename_unet(tensors_[index(Part::unet)]);
  rename_unet(ema_);
  rename_vae();
  read_metadata();
  layout_ = source_run_ ? "source run" : compvis_ ? "CompVis" : "diffusers";
}

void ModelFile::add(Part part, const std::string& file_name, std::string name) {
  tensors_[index(part)].push_back({file_name, std::move(name)});
}

void ModelFile::sort_out(const TensorInfo& info) {
  for (const Other& other : other_kinds) {
    if (other.anywhere ? info.name.find(other.word) != std::string::npos : info.name.starts_with(other.word)) {
      fail(ErrorCode::bad_input, "{}: is {} (it holds \"{}\"); expected a model of Stable Diffusion 1.x", path().string(), other.what,
           info.name);
    }
  }
  std::string_view rest = info.name;
  const bool shadow = take(rest, shadow_prefix);
  if (!shadow && starts_with_any(rest, other_dicts)) {
    passed_over_.push_back(info.name);
    return;
  }
  for (const std::string_view dict : weight_dicts) {
    if (!shadow && take(rest, dict)) {
      source_run_ |= dict != "state_dict.";
      break;
    }
  }
  const std::string plain = without_wrappers(std::string(rest));
  if (shadow) {
    source_run_ = true;
    ema_.push_back({info.name, plain});
    return;
  }
  sort_out_bare(info.name, plain);
}

void ModelFile::sort_out_bare(const std::string& file_name, const std::string& name) {
  std::string_view rest = name;
  if (name == "v_pred" || name == "ztsnr") {
    (name == "v_pred" ? v_prediction_ : zero_snr_) = true;
  } else if (take(rest, compvis_unet_prefix)) {
    compvis_ = true;
    add(Part::unet, file_name, std::string(rest));
  } else if (name.starts_with("model_ema.")) {
    compvis_ema_.emplace(name, file_name);
  } else if (take(rest, compvis_vae_prefix)) {
    compvis_ = true;
    if (!rest.starts_with("loss.")) {
      add(Part::vae, file_name, std::string(rest));
    }
  } else if (take(rest, compvis_text_prefix) || take(rest, "text_encoder.")) {
    const std::string text = text_name_of_compvis(std::string(rest));
    compvis_ |= name.starts_with(compvis_text_prefix);
    if (!starts_with_any(text, text_ignored)) {
      add(Part::text_encoder, file_name, text);
    }
  } else if (take(rest, "vae.") || starts_with_any(rest, vae_starts)) {
    add(Part::vae, file_name, std::string(rest));
  } else if (starts_with_any(rest, text_starts)) {
    if (!starts_with_any(rest, text_ignored)) {
      add(Part::text_encoder, file_name, name);
    }
  } else if (starts_with_any(rest, unet_starts)) {
    add(Part::unet, file_name, name);
  } else {
    passed_over_.push_back(file_name);
  }
}

void ModelFile::require_something() const {
  if (has(Part::unet) || has(Part::vae) || has(Part::text_encoder)) {
    return;
  }
  std::vector<std::string> first;
  for (const TensorInfo& info : files_->tensors()) {
    if (first.size() < 3) {
      first.push_back(format("\"{}\"", info.name));
    }
  }
  fail(ErrorCode::bad_input,
       "{}: holds no part of Stable Diffusion 1.x; its tensors are called {}…, expected {}…, {}…, {}…, the names of diffusers or those of "
       "the source run",
       path().string(), first.empty() ? "nothing" : format("{}", fmt::join(first, ", ")), compvis_unet_prefix, compvis_vae_prefix,
       compvis_text_prefix);
}

void ModelFile::collect_compvis_ema() {
  std::vector<RenamedTensor> averages;
  const std::vector<RenamedTensor>& live = tensors_[index(Part::unet)];
  for (const RenamedTensor& tensor : live) {
    const auto found = compvis_ema_.find(compvis_ema_name(tensor.name));
    if (found != compvis_ema_.end()) {
      averages.push_back({found->second, tensor.name});
    }
  }
  // Half a moving average is none: the rest would be live weights.
  const bool whole = !averages.empty() && averages.size() == live.size();
  for (const auto& [flat, file_name] : compvis_ema_) {
    const bool used = whole && std::any_of(averages.begin(), averages.end(),
                                           [&file = file_name](const RenamedTensor& tensor) { return tensor.file_name == file; });
    if (!used) {
      passed_over_.push_back(file_name);
    }
  }
  if (whole) {
    ema_ = std::move(averages);
  }
}

void ModelFile::rename_unet(std::vector<RenamedTensor>& tensors) {
  if (!any_starts(tensors, "input_blocks.")) {
    return;
  }
  const UNetKeyMap map = UNetKeyMap::of_compvis(names_of(tensors));
  for (RenamedTensor& tensor : tensors) {
    tensor.name = map.to_diffusers(tensor.name).value_or(tensor.name);
  }
}

void ModelFile::rename_vae() {
  std::vector<RenamedTensor>& tensors = tensors_[index(Part::vae)];
  const bool compvis = any_starts(tensors, "encoder.down.") || any_starts(tensors, "decoder.up.");
  const std::vector<std::string> names = names_of(tensors);
  const VaeKeyMap map = compvis ? VaeKeyMap::of_compvis(names) : VaeKeyMap::of_diffusers(names);
  for (RenamedTensor& tensor : tensors) {
    tensor.name = map.to_diffusers(tensor.name).value_or(tensor.name);
  }
}

void ModelFile::read_metadata() {
  const auto& metadata = files_->metadata();
  if (const auto found = metadata.find(model_metadata_key); found != metadata.end()) {
    written_ = parse_json(found->second, format("{}: metadata \"{}\"", path().string(), model_metadata_key));
  }
  if (const auto found = metadata.find("modelspec.prediction_type"); found != metadata.end()) {
    v_prediction_ |= found->second == "v";
  }
}

std::string ModelFile::weights_used(WeightsChoice choice) const {
  if (has_ema() && (choice == WeightsChoice::ema || !has_live())) {
    return "ema";
  }
  return has_ema() || source_run_ ? "live" : "model";
}

const Json* ModelFile::written_config(Part part) const {
  const auto found = written_.is_object() ? written_.find(std::string(part_name(part))) : written_.end();
  return found != written_.end() && found->is_object() ? &*found : nullptr;
}

std::map<std::string, std::vector<int64_t>> ModelFile::shapes(Part part) const {
  std::map<std::string, std::vector<int64_t>> shapes;
  const bool average = part == Part::unet && !has_live();
  for (const RenamedTensor& tensor : average ? ema_ : tensors_[index(part)]) {
    shapes.emplace(tensor.name, files_->info(tensor.file_name).shape);
  }
  return shapes;
}

UNetConfig ModelFile::unet_config() const {
  const Json* written = written_config(Part::unet);
  return written != nullptr ? unet_config_from_json(*written, format("{}: metadata", path().string()))
                            : unet_config_from_shapes(shapes(Part::unet), path().string());
}

VaeConfig ModelFile::vae_config() const {
  const Json* written = written_config(Part::vae);
  return written != nullptr ? vae_config_from_json(*written, format("{}: metadata", path().string()))
                            : vae_config_from_shapes(shapes(Part::vae), path().string());
}

ClipTextConfig ModelFile::text_encoder_config() const {
  const Json* written = written_config(Part::text_encoder);
  return written != nullptr ? clip_text_config_from_json(*written, format("{}: metadata", path().string()))
                            : text_config_from_shapes(shapes(Part::text_encoder), path().string());
}

Json ModelFile::scheduler() const {
  if (written_.is_object() && written_.contains("scheduler") && written_["scheduler"].is_object()) {
    return written_["scheduler"];
  }
  Json scheduler = training_scheduler_config(v_prediction_ ? "v_prediction" : "epsilon");
  if (zero_snr_) {
    scheduler["rescale_betas_zero_snr"] = true;
    scheduler["timestep_spacing"] = "trailing";  // the others never visit the last step, which is the one that was changed
  }
  return scheduler;
}

std::vector<RenamedTensor> ModelFile::tensors(Part part, WeightsChoice choice) const {
  if (!has(part)) {
    fail(ErrorCode::not_found, "{}: holds no {}", path().string(), part_name(part));
  }
  if (part != Part::unet || !has_ema()) {
    return tensors_[index(part)];
  }
  if (choice == WeightsChoice::live && !has_live()) {
    fail(ErrorCode::not_found, "{}: holds the moving average alone, no live weights", path().string());
  }
  return choice == WeightsChoice::ema ? ema_ : tensors_[index(part)];
}

}  // namespace darkroom
