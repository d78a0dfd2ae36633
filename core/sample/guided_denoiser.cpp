// SPDX-License-Identifier: Apache-2.0
// Latents stay in fp32 between steps, whatever the model's dtype: bf16 would lose the small moves of late steps.
#include "core/sample/guided_denoiser.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/format.h"
#include "core/diffusion/guidance.h"

namespace darkroom {
namespace {

constexpr size_t remembered = 8;

}  // namespace

GuidedDenoiser::GuidedDenoiser(const SamplingModel& model, const Conditioning& conditioning, Guidance guidance,
                               std::optional<torch::Tensor> extra_1EHW)
    : model_(model), conditioning_(conditioning), guidance_(guidance), extra_(std::move(extra_1EHW)) {
  const int64_t latents = model.parts().vae.model->latent_channels();
  const int64_t given = latents + (extra_ ? extra_->size(1) : 0);
  const int64_t wanted = model.parts().unet.model->in_channels();
  if (given != wanted) {
    fail(ErrorCode::usage, "{}: its UNet takes {} channels, {} of them latents; these settings give it {}{}",
         model.parts().paths.model.string(), wanted, latents, given,
         wanted == 2 * latents + 1 ? ". It is an inpainting model: give --init-image and --mask" : "");
  }
}

GuidedDenoiser::Prepared& GuidedDenoiser::prepared_for(int64_t call, int64_t batch) {
  const size_t index = conditioning_.index_at(call);
  const auto found =
      std::find_if(prepared_.begin(), prepared_.end(), [&](const Prepared& entry) { return entry.index == index && entry.batch == batch; });
  if (found != prepared_.end()) {
    return *found;
  }
  const StepConditioning& step = conditioning_.at(call);
  Prepared made;
  made.index = index;
  made.batch = batch;
  made.guided = step.negative.states_1LD.defined();
  std::vector<const EncodedText*> texts;
  if (made.guided) {
    texts.push_back(&step.negative);
  }
  for (const WeightedStates& part : step.positive) {
    texts.push_back(&part.text);
    made.weights.push_back(part.weight);
  }
  std::vector<torch::Tensor> states;
  std::vector<torch::Tensor> masks;
  for (const EncodedText* text : texts) {
    states.push_back(text->states_1LD.expand({batch, -1, -1}));
    if (text->mask_1L) {
      masks.push_back(text->mask_1L->expand({batch, -1}));
    }
  }
  made.context_NLD = at::cat(states, 0).contiguous();
  if (!masks.empty()) {
    made.mask_NL = at::cat(masks, 0);
  }
  if (prepared_.size() == remembered) {
    prepared_.erase(prepared_.begin());
  }
  return prepared_.emplace_back(std::move(made));
}

torch::Tensor GuidedDenoiser::operator()(const torch::Tensor& x_BCHW, double t) {
  Prepared& step = prepared_for(calls_++, x_BCHW.size(0));
  const int64_t batch = x_BCHW.size(0);
  torch::Tensor input = x_BCHW;
  if (extra_) {
    input = at::cat({input, extra_->expand({batch, -1, -1, -1})}, 1);
  }
  const auto texts = static_cast<int64_t>(step.weights.size()) + (step.guided ? 1 : 0);
  input = (texts == 1 ? input : input.repeat({texts, 1, 1, 1})).to(model_.dtype()).contiguous(at::MemoryFormat::ChannelsLast);
  const torch::Tensor t_1 = torch::full({1}, t, torch::TensorOptions().dtype(torch::kFloat32).device(model_.device()));
  torch::Tensor output = model_.run_unet(input, t_1, step.context_NLD, step.mask_NL, step.projections).to(torch::kFloat32);
  if (!step.guided) {
    return output;
  }
  const torch::Tensor uncond = output.narrow(0, 0, batch);
  if (step.weights.size() == 1 && step.weights.front() == 1.0) {
    return guidance_rescale(guidance_combine(output, guidance_.scale), output.narrow(0, batch, batch), guidance_.rescale);
  }
  torch::Tensor pull = at::zeros_like(uncond);
  for (size_t i = 0; i < step.weights.size(); ++i) {
    pull += step.weights[i] * (output.narrow(0, static_cast<int64_t>(i + 1) * batch, batch) - uncond);
  }
  return guidance_rescale(uncond + guidance_.scale * pull, uncond + pull, guidance_.rescale);
}

}  // namespace darkroom
