// SPDX-License-Identifier: Apache-2.0
// The pictures come from the latents, not from the shards: a dataset outlives its shards, and these are what was trained on, crop and all.
#include "core/engine/run_batch.h"

#include <torch/types.h>

#include <cstring>

#include "core/base/format.h"
#include "core/base/progress.h"
#include "core/image/image_encode.h"
#include "core/model/model_folder.h"
#include "core/sample/latent_codec.h"
#include "core/sample/latent_preview.h"
#include "core/train/past_batch.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

/// Parameters times latents: above it a decoded picture takes some seconds on a small machine. SD 1.x at 512 px: 3e11; the pocket model's
/// VAE at 96 px: below 1e9.
constexpr double most_decode_work = 2e10;

/// Latents to pictures by the plan's VAE.
class LatentDecoder {
 public:
  LatentDecoder(const std::string& model, std::array<int64_t, 3> latent_shape)
      : shape_(latent_shape), vae_(load_vae(resolve_model(model).require_vae())) {
    double parameters = 0;
    for (const torch::Tensor& weight : vae_.weights) {
      parameters += static_cast<double>(weight.numel());
    }
    if (parameters * static_cast<double>(shape_[1] * shape_[2]) > most_decode_work) {
      preview_ = LatentPreview::fit(*vae_.model, vae_.weights, torch::kFloat32, torch::kCPU);
    }
  }

  Image picture(std::span<const uint16_t> latent) const {
    const torch::NoGradGuard no_grad;
    const torch::Tensor half = torch::empty({shape_[0], shape_[1], shape_[2]}, torch::kHalf);
    std::memcpy(half.data_ptr(), latent.data(), latent.size_bytes());
    const torch::Tensor x0_CHW = half.to(torch::kFloat32);
    if (preview_) {
      return image_from_bytes(preview_->rgb(x0_CHW));
    }
    return image_from_pixels(vae_.model->decode(vae_.weights, x0_CHW.unsqueeze(0) / vae_.model->scaling_factor())[0]);
  }

 private:
  std::array<int64_t, 3> shape_;
  LoadedVae vae_;
  std::optional<LatentPreview> preview_;
};

Json json_of(const PastSample& sample) {
  return {{"dataset", sample.set->folder().string()},
          {"key", std::string(sample.set->key(sample.row))},
          {"caption", std::string(sample.set->caption(sample.row))},
          {"category", std::string(sample.set->category(sample.row))},
          {"timestep", sample.timestep},
          {"caption_dropped", sample.caption_dropped}};
}

std::string sample_line(const PastSample& sample) {
  return format("\n{:>4}  {}  {}{}", sample.timestep, sample.set->key(sample.row), sample.caption_dropped ? "(caption dropped) " : "",
                sample.set->caption(sample.row));
}

void write_pictures(const PastBatch& batch, const fs::path& folder, Json& samples, CommandContext& context) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    fail(ErrorCode::io, "{}: the folder cannot be made: {}", folder.string(), error.message());
  }
  const LatentDecoder decoder(batch.plan().model.vae, batch.samples().front().set->latent_shape());
  ProgressMeter meter(context.output.sink(), "decode", batch.samples().size(), "images");
  for (size_t i = 0; i < batch.samples().size(); ++i) {
    context.cancel.check();
    const PastSample& sample = batch.samples()[i];
    const fs::path file = folder / format("{:04}.png", i);
    write_png(file, decoder.picture(sample.set->latent(sample.row)));
    samples[i]["picture"] = file.string();
    meter.update(i + 1);
  }
  meter.finish();
}

}  // namespace

void show_batch(const RunDirectory& run, std::optional<int64_t> step, const std::optional<fs::path>& pictures, CommandContext& context) {
  const PastBatch batch(run, step.value_or(run.status().step));
  Json samples = Json::array();
  std::string text =
      format("Step {}, epoch {:.3f}, phase \"{}\": {} samples{}\nnoise  key  caption", batch.report().step, batch.report().epoch,
             batch.phase().plan->name, batch.samples().size(), batch.report().skipped != 0 ? "; its gradient was not used" : "");
  for (const PastSample& sample : batch.samples()) {
    samples.push_back(json_of(sample));
    text += sample_line(sample);
  }
  if (pictures) {
    write_pictures(batch, *pictures, samples, context);
  }
  context.output.done({{"run", run.folder().string()},
                       {"step", batch.report().step},
                       {"phase", batch.report().phase},
                       {"phase_name", batch.phase().plan->name},
                       {"batch", batch.number()},
                       {"epoch", batch.report().epoch},
                       {"skipped", batch.report().skipped != 0},
                       {"samples", std::move(samples)}},
                      text);
}

}  // namespace darkroom
