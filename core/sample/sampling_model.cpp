// SPDX-License-Identifier: Apache-2.0
#include "core/sample/sampling_model.h"

#include <list>

#include "core/base/format.h"
#include "core/base/log.h"
#include "core/lora/lora_merge.h"
#include "core/lora/text_embedding.h"
#include "core/nn/packed_weights.h"
#include "core/sample/latent_codec.h"

namespace darkroom {
namespace {

torch::ScalarType dtype_for(const std::string& wanted, torch::Device device) {
  if (wanted == "fp32" || (wanted == "auto" && device.is_cpu())) {
    return torch::kFloat32;
  }
  return wanted == "fp16" ? torch::kFloat16 : torch::kBFloat16;
}

WeightsChoice weights_choice(const std::string& name) { return name == "live" ? WeightsChoice::live : WeightsChoice::ema; }

std::optional<std::filesystem::path> optional_path(const std::string& text) {
  return text.empty() ? std::nullopt : std::make_optional<std::filesystem::path>(text);
}

ModelParts load_parts(const GenerateOptions& options, torch::Device device, torch::ScalarType dtype) {
  const ModelPaths paths =
      resolve_model(options.model, weights_choice(options.weights), {optional_path(options.vae), optional_path(options.text_encoder)});
  return load_model(paths, SamplingModel::load_options(dtype, device),
                    SamplingModel::load_options(SamplingModel::vae_dtype_for(dtype), device).dtype);
}

// The slots that were changed before are laid out anew from the plain weights, those that are changed now from the merged ones. Where that
// fails, `changed` has all that may differ from the plain ones. What has been laid out is dropped from the merge.
void change_slots(const ParameterLayout& layout, const Weights& plain, LoraMerge& merge, torch::ScalarType dtype, Weights& used,
                  std::vector<int>& changed) {
  const std::vector<int> before = changed;
  changed.insert(changed.end(), merge.touched.begin(), merge.touched.end());
  const auto lay_out = [&](int slot, const Weights& from) {
    const auto i = static_cast<size_t>(slot);
    used[i] = pack_weight(layout.slot(slot), from[i], dtype);
  };
  for (const int slot : before) {
    lay_out(slot, plain);
  }
  for (const int slot : merge.touched) {
    lay_out(slot, merge.weights);
    merge.weights[static_cast<size_t>(slot)] = torch::Tensor();
  }
  changed = merge.touched;
}

std::list<LoraFile> open_loras(const std::vector<LoraUse>& loras) {
  std::list<LoraFile> files;
  for (const LoraUse& use : loras) {
    const LoraFile& file = files.emplace_back(use.path);
    if (!file.unknown().empty()) {
      log().warn("{}: {} tensors are no part of a LoRA and change nothing; the first is '{}'.", use.path, file.unknown().size(),
                 file.unknown().front());
    }
  }
  return files;
}

// The files with their scales for one part of the model.
std::vector<LoraShare> shares_of(const std::list<LoraFile>& files, const std::vector<LoraUse>& loras, LoraPart part) {
  std::vector<LoraShare> shares;
  shares.reserve(loras.size());
  auto file = files.begin();
  for (const LoraUse& use : loras) {
    shares.push_back({&*file++, part == LoraPart::text_encoder ? use.text_scale.value_or(use.scale) : use.scale});
  }
  return shares;
}

uint64_t bytes_of(const Weights& weights) {
  uint64_t bytes = 0;
  for (const torch::Tensor& weight : weights) {
    bytes += weight.nbytes();
  }
  return bytes;
}

}  // namespace

SamplingModel::SamplingModel(const GenerateOptions& options, torch::Device device)
    : SamplingModel(load_parts(options, device, dtype_for(options.dtype, device)), device, dtype_for(options.dtype, device)) {
  from_files_ = true;
}

SamplingModel::SamplingModel(ModelParts parts, torch::Device device, torch::ScalarType dtype)
    : device_(device),
      dtype_(dtype),
      vae_dtype_(vae_dtype_for(dtype)),
      parts_(std::move(parts)),
      unet_replay_(*parts_.unet.model, device_),
      plain_unet_(parts_.unet.weights),
      plain_text_(parts_.text.weights),
      schedule_(NoiseSchedule::from_config(parts_.paths.scheduler, "scheduler_config.json", torch::kCPU)),
      prediction_(prediction_of_scheduler(parts_.paths.scheduler)) {
  parts_.unet.weights = pack_for_inference(parts_.unet.model->layout(), std::move(parts_.unet.weights), dtype_);
  parts_.text.weights = pack_for_inference(parts_.text.model->layout(), std::move(parts_.text.weights), dtype_);
  const bool use_mask = parts_.paths.text_attention_mask.value_or(parts_.unet.model->config().layout == UNetLayout::scratch);
  prompts_.emplace(parts_.text, device_, use_mask);
}

const std::string& SamplingModel::model_hash() const {
  if (from_files_ && model_hash_.empty()) {
    model_hash_ = part_sha256(parts_.paths.require_unet());
  }
  return model_hash_;
}

const std::string& SamplingModel::vae_hash() const {
  if (from_files_ && vae_hash_.empty() && parts_.paths.require_vae().path != parts_.paths.require_unet().path) {
    vae_hash_ = part_sha256(parts_.paths.require_vae());
  }
  return vae_hash_;
}

const Weights& SamplingModel::decoder_weights() const {
  if (!decoder_weights_) {
    decoder_weights_ = pack_for_inference(parts_.vae.model->layout(), parts_.vae.weights, vae_dtype_, Vae::decoder_weights);
  }
  return *decoder_weights_;
}

const Weights& SamplingModel::encoder_weights() const {
  if (!encoder_weights_) {
    encoder_weights_ = pack_for_inference(parts_.vae.model->layout(), parts_.vae.weights, vae_dtype_, Vae::encoder_weights);
  }
  return *encoder_weights_;
}

Image SamplingModel::preview(const torch::Tensor& latents_CHW, double step_s) const {
  if (preview_decoder_) {
    return preview_decoder_->picture(latents_CHW, step_s);
  }
  if (!linear_preview_) {
    linear_preview_ = LatentPreview::fit(*parts_.vae.model, decoder_weights(), vae_dtype_, device_);
  }
  return image_from_bytes(linear_preview_->rgb(latents_CHW));
}

void SamplingModel::use_preview_decoder(const std::optional<std::filesystem::path>& path) {
  if (!path) {
    preview_decoder_.reset();
  } else if (!preview_decoder_ || preview_decoder_->path() != *path) {
    preview_decoder_ = std::make_unique<PreviewDecoder>(*path, parts_.vae.model->latent_channels(), vae_dtype_, device_);
  }
}

LoadOptions SamplingModel::load_options(torch::ScalarType dtype, torch::Device device) {
  return device.is_cpu() ? LoadOptions{std::nullopt, device, ConvolutionMemory::contiguous}
                         : LoadOptions{dtype, device, ConvolutionMemory::channels_last};
}

std::string SamplingModel::key(const GenerateOptions& options, torch::Device device) {
  return format("{}|{}|{}|{}|{}|{}", options.model, options.vae, options.text_encoder, options.weights, options.dtype, device.str());
}

void SamplingModel::wear(const std::vector<LoraUse>& loras, const std::vector<std::string>& embeddings) {
  // All is read and merged before anything changes.
  const bool other_words = embeddings != embeddings_;
  std::vector<TextEmbedding> words;
  std::vector<std::string> files_of_words;
  for (size_t i = 0; other_words && i < embeddings.size(); ++i) {
    for (TextEmbedding& embedding : read_text_embeddings(embeddings[i], parts_.text.model->width())) {
      words.push_back(std::move(embedding));
      files_of_words.push_back(embeddings[i]);
    }
  }
  const bool other_loras = loras != loras_ || !loras_are_on_;
  LoraMerge unet;
  LoraMerge text;
  if (other_loras) {
    const std::list<LoraFile> files = open_loras(loras);
    unet = merge_loras(plain_unet_, parts_.unet.model->layout(), LoraPart::unet, shares_of(files, loras, LoraPart::unet), dtype_);
    text = merge_loras(plain_text_, parts_.text.model->layout(), LoraPart::text_encoder, shares_of(files, loras, LoraPart::text_encoder),
                       dtype_);
  }
  if (other_words) {
    prompts_->set_embeddings(std::move(words));
    embeddings_ = embeddings;
    embedding_files_ = std::move(files_of_words);
  }
  if (other_loras) {
    loras_are_on_ = false;
    unet_replay_.forget();
    prompts_->forget();
    change_slots(parts_.unet.model->layout(), plain_unet_, unet, dtype_, parts_.unet.weights, worn_unet_);
    change_slots(parts_.text.model->layout(), plain_text_, text, dtype_, parts_.text.weights, worn_text_);
    loras_ = loras;
    loras_are_on_ = true;
  }
}

uint64_t SamplingModel::bytes() const { return bytes_of(plain_unet_) + bytes_of(plain_text_) + bytes_of(parts_.vae.weights); }

}  // namespace darkroom
