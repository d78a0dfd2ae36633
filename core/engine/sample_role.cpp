// SPDX-License-Identifier: Apache-2.0
// Every path through run() ends in one answer: done, failed or cancelled. Errors of LibTorch are caught here, as this is the role's loop.
#include "core/engine/sample_role.h"

#include <algorithm>
#include <chrono>
#include <new>

#include "core/base/log.h"
#include "core/base/progress.h"
#include "core/engine/device_list.h"
#include "core/engine/generate_jobs.h"
#include "core/engine/version.h"
#include "core/image/image_encode.h"
#include "core/image/image_metadata.h"
#include "core/sample/preview_pace.h"
#include "core/tensor/device_memory.h"

namespace darkroom {
namespace {

constexpr std::chrono::seconds idle_before_return{10};

std::string_view pixel_bytes(const Image& image) { return {reinterpret_cast<const char*>(image.pixels.data()), image.pixels.size()}; }

}  // namespace

SampleRole::SampleRole(Channel& channel) : channel_(channel), shelf_(usual_shelf_bytes()), worker_([this] { work(); }) {}

SampleRole::~SampleRole() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    if (running_) {
      running_->cancel.cancel();
    }
  }
  changed_.notify_all();
  worker_.join();
}

void SampleRole::generate(message::Generate request) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(request), {}});
  }
  changed_.notify_all();
}

void SampleRole::cancel(const std::string& id) {
  bool answered_here = false;
  {
    const std::lock_guard lock(mutex_);
    if (running_ && running_->request.id == id) {
      running_->cancel.cancel();
      return;
    }
    const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const Job& job) { return job.request.id == id; });
    if (found != waiting_.end()) {
      waiting_.erase(found);
      answered_here = true;
    }
  }
  if (answered_here) {
    channel_.send(message::FromEngine(message::Cancelled{id}));
  }
}

void SampleRole::work() {
  for (;;) {
    Job job;
    {
      const auto wanted = [this] { return ending_ || !waiting_.empty(); };
      std::unique_lock lock(mutex_);
      if (!changed_.wait_for(lock, idle_before_return, wanted)) {
        lock.unlock();
        return_freed_memory(device_);  // of the last picture's activations
        lock.lock();
        changed_.wait(lock, wanted);
      }
      if (ending_) {
        return;
      }
      job = std::move(waiting_.front());
      waiting_.pop_front();
      running_ = Job{{job.request.id, {}, 0}, job.cancel};
    }
    try {
      run(job);
    } catch (const Error& error) {
      // The link itself is gone: nobody is left to answer.
      log().info("An answer could not be sent: {}", error.what());
    }
    const std::lock_guard lock(mutex_);
    running_.reset();
  }
}

void SampleRole::run(Job& job) {
  const std::string id = job.request.id;
  message::FromEngine answer;
  try {
    answer = make(job);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) {
      answer = message::Cancelled{id};
    } else if (error.code() == ErrorCode::peer_died) {
      throw;
    } else {
      answer = message::GenerateFailed{id, error.code(), error.what()};
    }
  } catch (const c10::OutOfMemoryError& error) {
    answer = message::GenerateFailed{id, ErrorCode::out_of_memory, error.what_without_backtrace()};
  } catch (const std::bad_alloc&) {
    answer = message::GenerateFailed{id, ErrorCode::out_of_memory, "The machine ran out of memory. A smaller size or batch needs less."};
  } catch (const c10::Error& error) {
    answer = message::GenerateFailed{id, ErrorCode::failed, error.what_without_backtrace()};
  } catch (const std::exception& error) {
    answer = message::GenerateFailed{id, ErrorCode::failed, error.what()};
  }
  channel_.send(answer);
}

SamplingModel& SampleRole::model_for(const message::Generate& request, message::GenerateDone& done) {
  const torch::Device device = resolve_device(request.options.device);
  done.device = device.str();
  device_ = device;
  std::optional<double> loading_s;
  SamplingModel& model = shelf_.take(request.options, device, [&] {
    channel_.send(
        message::FromEngine(message::Progress{request.id, "load model", 0, std::nullopt, "", std::nullopt, request.options.model}));
    loading_s = monotonic_seconds();
  });
  done.load_seconds = loading_s ? monotonic_seconds() - *loading_s : 0;
  return model;
}

message::GenerateDone SampleRole::make(Job& job) {
  const message::Generate& request = job.request;
  const double started_s = monotonic_seconds();
  message::GenerateDone done;
  done.id = request.id;
  SamplingModel& model = model_for(request, done);
  done.weights_used = model.parts().paths.weights_used;

  PreviewPace pace;
  const double sampling_s = monotonic_seconds();
  SampleHooks hooks;
  hooks.cancel = job.cancel;
  hooks.on_step = [&](const SampleStep& step) {
    const double now_s = monotonic_seconds();
    const int64_t batch = request.options.batch;
    const int64_t steps_done = step.image / batch * step.of + step.step;
    const int64_t steps_all = (step.images + batch - 1) / batch * step.of;
    const double rate = static_cast<double>(steps_done) / std::max(now_s - sampling_s, 1e-6);
    channel_.send(message::FromEngine(
        message::Progress{request.id, "sample", steps_done, steps_all, "steps", static_cast<double>(steps_all - steps_done) / rate, {}}));
    if (request.preview_every <= 0 || step.step == step.of || step.step % request.preview_every != 0 || !pace.is_due(now_s)) {
      return;
    }
    const Image image = step.preview();
    const double made_s = monotonic_seconds();
    pace.made(made_s, made_s - now_s);
    channel_.send(message::FromEngine(
        message::Preview{request.id, step.image, step.step, step.of, image.width, image.height, std::string(pixel_bytes(image))}));
  };
  hooks.on_image = [&](const MadeImage& made) {
    GenerationRecord record = made.record;
    record.version = engine_version();
    done.images.push_back({made.index, static_cast<int64_t>(made.seed), made.image.width, made.image.height,
                           encode_png(made.image, generation_texts(record))});
  };
  const SampleOutcome outcome = make_images(model, request.options, hooks);
  done.options = outcome.options;
  done.seconds = monotonic_seconds() - started_s;
  return done;
}

}  // namespace darkroom
