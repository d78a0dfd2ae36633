// SPDX-License-Identifier: Apache-2.0
#include "core/train/run_recorder.h"

#include <algorithm>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "core/image/image_decode.h"

namespace darkroom {
namespace {

constexpr size_t most_late_rows = 100'000;  // some 60 MiB

}  // namespace

RunRecorder::RunRecorder(const RunDirectory& run, const LoggingPlan& logging, RunControl& control, int64_t first_step)
    : dropped_rows_(drop_metrics_after(run.metrics_file(), first_step)),
      journal_(run.journal_file()),
      metrics_(run.metrics_file()),
      control_(control) {
  if (logging.tensorboard) {
    tensorboard_ = std::make_unique<TensorboardWriter>(run.events_folder(), first_step > 0 ? std::optional(first_step + 1) : std::nullopt);
  }
  if (logging.wandb != "off") {
    const RunInfo& info = run.info();
    wandb_ = std::make_unique<WandbWriter>(run.wandb_folder(), WandbRun{.id = info.id,
                                                                        .name = info.name,
                                                                        .config = to_json(run.plan()),
                                                                        .engine_version = info.engine_version,
                                                                        .starting_step = first_step});
  }
}

void RunRecorder::write_late() {
  try {
    for (; !late_rows_.empty(); late_rows_.pop_front()) {
      metrics_.append(late_rows_.front());
    }
    for (; !late_entries_.empty(); late_entries_.pop_front()) {
      journal_.append(late_entries_.front().first, late_entries_.front().second);
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::io) {
      throw;
    }
  }
}

template <typename Write>
void RunRecorder::copy(Write&& write) {
  const auto attempt = [&write](auto& writer, const char* name) {
    if (!writer) {
      return;
    }
    try {
      write(*writer);
    } catch (const Error& error) {
      log().warn("{} gets no more of this launch: {}", name, error.what());
      writer.reset();  // half a record would spoil what follows
    }
  };
  attempt(tensorboard_, "TensorBoard");
  attempt(wandb_, "Weights & Biases");
}

void RunRecorder::report(const StepReport& report) {
  late_rows_.push_back(report);
  if (late_rows_.size() > most_late_rows) {
    late_rows_.pop_front();
  }
  write_late();
  copy([&report](auto& writer) { writer.report(report); });
}

void RunRecorder::sampled(int64_t step, double time_s, const std::filesystem::path& folder) {
  if (!tensorboard_ && !wandb_) {
    return;
  }
  std::set<std::filesystem::path> pictures;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".png") {
      pictures.insert(entry.path());
    }
  }
  for (const std::filesystem::path& picture : pictures) {
    const std::string png = read_file(picture);
    const ImageInfo info = read_image_info(std::as_bytes(std::span(png.data(), png.size())), picture.string());
    const std::string tag = "samples/" + picture.stem().string();
    copy([&](auto& writer) { writer.image(tag, step, time_s, info.width, info.height, png); });
  }
}

void RunRecorder::journal(JournalEvent event, const Json& fields) {
  late_entries_.emplace_back(event, fields);
  write_late();
  if (wandb_ && (event == JournalEvent::finished || event == JournalEvent::stopped)) {
    wandb_->finish(0);
  }
}

void RunRecorder::sync() {
  try {
    metrics_.sync();
  } catch (const Error& error) {
    log().warn("{}", error.what());  // the checkpoint's own syncs will tell
  }
  copy([](auto& writer) { writer.sync(); });
}

RunRecorder::Wishes RunRecorder::wishes() {
  Wishes wishes;
  for (const RunRequest& request : control_.poll()) {
    wishes.stop = wishes.stop || request.kind == RunRequestKind::stop;
    wishes.save = wishes.save || request.kind == RunRequestKind::save;
    wishes.sample = wishes.sample || request.kind == RunRequestKind::sample;
  }
  return wishes;
}

}  // namespace darkroom
