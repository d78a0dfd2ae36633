// SPDX-License-Identifier: Apache-2.0
#include "core/train/run_recorder.h"

namespace darkroom {

RunRecorder::RunRecorder(const RunDirectory& run, const LoggingPlan& logging, RunControl& control, int64_t first_step)
    : dropped_rows_(drop_metrics_after(run.metrics_file(), first_step)),
      journal_(run.journal_file()),
      metrics_(run.metrics_file()),
      control_(control) {
  if (logging.tensorboard) {
    tensorboard_ = std::make_unique<TensorboardWriter>(run.events_folder(), first_step > 0 ? std::optional(first_step + 1) : std::nullopt);
  }
}

void RunRecorder::report(const StepReport& report) {
  metrics_.append(report);
  if (tensorboard_) {
    tensorboard_->report(report);
  }
}

void RunRecorder::validated(int64_t step, double time_s, double loss) {
  if (tensorboard_) {
    tensorboard_->scalar("validation/loss", step, time_s, loss);
  }
}

void RunRecorder::sync() {
  metrics_.sync();
  if (tensorboard_) {
    tensorboard_->sync();
  }
}

RunRecorder::Wishes RunRecorder::wishes() {
  Wishes wishes;
  for (const RunRequest& request : control_.poll()) {
    wishes.stop = wishes.stop || request.kind == RunRequestKind::stop;
    wishes.save = wishes.save || request.kind == RunRequestKind::save;
  }
  return wishes;
}

}  // namespace darkroom
