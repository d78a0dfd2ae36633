// SPDX-License-Identifier: Apache-2.0
#include "core/engine/generate_jobs.h"

#include "core/base/format.h"
#include "core/checkpoint/safetensors.h"
#include "core/engine/device_list.h"
#include "core/engine/version.h"

namespace darkroom {
namespace {

void report_prompt(CommandOutput& output, const char* which, const PromptReport& report) {
  if (report.longest.cut_tokens > 0) {
    output.say(format("The {} is too long; this end of it was cut: {}", which, report.cut));
    output.event("cut", {{"which", which}, {"tokens", report.longest.cut_tokens}, {"text", report.cut}});
  }
  for (const MovedText& moved : report.longest.moved) {
    output.say(format("The {}: {} tokens behind a comma were moved into chunk {}.", which, moved.tokens, moved.into_chunk + 1));
    output.event("moved", {{"which", which}, {"tokens", moved.tokens}, {"into_chunk", moved.into_chunk}});
  }
}

void save_latents(const std::string& path, const SampleOutcome& outcome) {
  const NamedTensor latents{"latents", outcome.latents_BCHW};
  write_safetensors(path, std::span(&latents, 1), {{"options", to_json(outcome.options).dump()}, {"version", engine_version()}});
}

}  // namespace

uint64_t usual_shelf_bytes() { return list_devices().back().memory_total_bytes / 2; }

GenerateJobs::GenerateJobs(CommandContext& context, std::vector<GenerateOptions> jobs, std::function<void(size_t, const MadeImage&)> image)
    : context_(context), jobs_(std::move(jobs)), image_(std::move(image)), shelf_(usual_shelf_bytes()) {
  for (const GenerateOptions& job : jobs_) {
    all_images_ += job.count;
  }
}

SamplingModel& GenerateJobs::model_for(const GenerateOptions& options) {
  const torch::Device device = resolve_device(options.device);
  double loading_s = -1;
  SamplingModel& model = shelf_.take(options, device, [&loading_s] { loading_s = monotonic_seconds(); });
  report_.weights_used = model.parts().paths.weights_used;
  report_.device = device.str();
  if (loading_s >= 0) {
    const double seconds = monotonic_seconds() - loading_s;
    report_.load_seconds += seconds;
    context_.output.say(format("Model {}: {} weights, {} on {}, loaded in {:.2f} s", options.model, report_.weights_used,
                               torch::toString(model.dtype()), device.str(), seconds));
  }
  return model;
}

void GenerateJobs::run_one(size_t job) {
  const GenerateOptions& options = jobs_[job];
  SamplingModel& model = model_for(options);
  const int64_t before = report_.images;
  SampleHooks hooks;
  hooks.cancel = context_.cancel;
  hooks.on_step = [&](const SampleStep& step) {
    if (!meter_) {
      steps_a_picture_ = step.of;
      meter_.emplace(context_.output.sink(), "sample", static_cast<uint64_t>(all_images_ * step.of), "image steps");
      meter_->update(0);
    }
    const int64_t batch = std::min<int64_t>(options.batch, step.images - step.image);
    const double pictures = static_cast<double>(before + step.image) +
                            static_cast<double>(batch) * static_cast<double>(step.step) / static_cast<double>(step.of);
    meter_->update(static_cast<uint64_t>(pictures * static_cast<double>(steps_a_picture_)));
  };
  hooks.on_image = [&](const MadeImage& image) {
    ++report_.images;
    image_(job, image);
  };
  const SampleOutcome outcome = make_images(model, options, hooks);
  report_prompt(context_.output, "prompt", outcome.prompt);
  report_prompt(context_.output, "negative prompt", outcome.negative);
  if (!options.save_latents.empty()) {
    save_latents(options.save_latents, outcome);
  }
}

JobsReport GenerateJobs::run() {
  const double started_s = monotonic_seconds();
  for (size_t job = 0; job < jobs_.size(); ++job) {
    run_one(job);
  }
  if (meter_) {
    meter_->finish();
  }
  report_.seconds = monotonic_seconds() - started_s - report_.load_seconds;
  return report_;
}

}  // namespace darkroom
