// SPDX-License-Identifier: GPL-3.0-or-later
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>
#include <thread>

#include "app/offline/fake_engine.h"
#include "core/base/atomic_file.h"
#include "core/base/wall_clock.h"
#include "core/image/image_encode.h"
#include "core/metrics/metrics_log.h"
#include "core/run/journal.h"
#include "core/run/run_control.h"
#include "core/run/run_directory.h"
#include "core/run/run_lock.h"

namespace darkroom::fake {
namespace {

constexpr int64_t kSteps = 400;

void save(const RunDirectory& run, const Journal& journal, int64_t step, const char* reason = "steps") {
  const std::filesystem::path folder = run.checkpoint_of(step);
  std::filesystem::create_directories(folder / "unet_ema");
  write_file_atomically(folder / "meta.json", Json{{"step", step}}.dump());
  journal.append(JournalEvent::saved, {{"step", step}, {"checkpoint", folder.filename().string()}, {"reason", reason}});
}

void sample(const RunDirectory& run, const Journal& journal, int64_t step) {
  Image image(16, 16);
  image.pixels.assign(16 * 16 * 3, static_cast<uint8_t>(step % 256));
  std::filesystem::create_directories(run.samples_of(step));
  write_png(run.samples_of(step) / "00_animals.png", image);
  write_png(run.samples_of(step) / "01_food.png", image);
  journal.append(JournalEvent::sampled, {{"step", step}, {"folder", run.samples_of(step).string()}});
}

/// What one wish asks; returns whether the run ends.
bool answer(RunRequestKind kind, const RunDirectory& run, const Journal& journal, RunControl& control, int64_t step) {
  switch (kind) {
    case RunRequestKind::save:
      save(run, journal, step, "request");
      return false;
    case RunRequestKind::sample:
      sample(run, journal, step);
      return false;
    case RunRequestKind::pause:
      save(run, journal, step, "stop");
      journal.append(JournalEvent::paused, {{"step", step}});
      while (true) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        for (const RunRequest& request : control.poll()) {
          if (request.kind == RunRequestKind::resume) {
            journal.append(JournalEvent::resumed, {{"step", step}});
            return false;
          }
          if (request.kind == RunRequestKind::stop) {
            journal.append(JournalEvent::stopped, {{"step", step}});
            return true;
          }
        }
      }
    case RunRequestKind::stop:
      save(run, journal, step, "stop");
      journal.append(JournalEvent::stopped, {{"step", step}});
      return true;
    case RunRequestKind::resume:
      return false;
  }
  return false;
}

}  // namespace

int train(const std::vector<std::string>& arguments) {
  const std::filesystem::path folder = option(arguments, "--run");
  const TrainingPlan plan = read_plan(option(arguments, "--plan"));
  const bool resumed = RunDirectory::is_run(folder);
  const std::string name = option(arguments, "--name");
  const RunDirectory run =
      resumed ? RunDirectory::open(folder) : RunDirectory::create(folder, plan, name.empty() ? plan.name : name, "fake");
  const RunLock lock(run.lock_file());
  const Journal journal(run.journal_file());
  RunControl control(run, EarlierRequests::forget,
                     {RunRequestKind::stop, RunRequestKind::save, RunRequestKind::sample, RunRequestKind::pause, RunRequestKind::resume});
  int64_t step = 0;
  if (const auto newest = run.newest_checkpoint(); resumed && newest) {
    step = newest->step;
    journal.append(JournalEvent::resumed, {{"step", step},
                                           {"checkpoint", newest->folder.filename().string()},
                                           {"dropped_rows", drop_metrics_after(run.metrics_file(), step)}});
  } else {
    journal.append(JournalEvent::launched, {{"world_size", 2}, {"devices", "cpu,cpu"}});
  }
  MetricsLog metrics(run.metrics_file());
  while (step < kSteps) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    ++step;
    StepReport report;
    report.step = report.micro_steps = step;
    report.total_steps = kSteps;
    report.images = step * 32;
    report.epoch = static_cast<double>(step) / 20;
    report.time = wall_seconds();
    report.loss = 0.1 + 0.4 * std::exp(-static_cast<double>(step) / 80);
    report.loss_unweighted = report.loss * 1.3;
    report.grad_norm = 0.5;
    report.lr = 5e-4;
    report.images_per_s = 120;
    report.step_ms = 5;
    report.data_wait_ms = 0.2;
    report.peak_gib = 0.7;
    report.live_gib_by_rank[0] = report.live_gib_by_rank[1] = 0.5;
    for (int bin = 0; bin < noise_bins; ++bin) {
      report.loss_by_noise[static_cast<size_t>(bin)] = report.loss * 2 / (bin + 1);
    }
    if (step % 20 == 0) {
      report.validation_loss = report.validation_loss_unweighted = report.validation_by_source[0] = report.loss * 1.1;
    }
    metrics.append(report);
    if (step % 50 == 0) {
      sample(run, journal, step);
      save(run, journal, step);
    }
    for (const RunRequest& request : control.poll()) {
      if (answer(request.kind, run, journal, control, step)) {
        return 4;
      }
    }
  }
  journal.append(JournalEvent::finished, {{"step", step}});
  return 0;
}

int show_batch(const std::vector<std::string>& arguments) {
  const std::string step = option(arguments, "--step");
  if (step == "13") {
    std::printf("%s\n", Json{{"event", "error"}, {"code", "not_found"}, {"message", "There is no step 13."}}.dump().c_str());
    return 1;
  }
  const std::filesystem::path pictures = option(arguments, "--pictures");
  Json samples = Json::array();
  for (int i = 0; i < 3; ++i) {
    Json sample{{"dataset", "/data/food"},
                {"key", "picture " + std::to_string(i)},
                {"caption", "at step " + step},
                {"timestep", 100 * i},
                {"caption_dropped", i == 2}};
    if (!pictures.empty()) {
      Image image(8, 8);
      image.pixels.assign(8 * 8 * 3, static_cast<uint8_t>(60 * i));
      const std::filesystem::path file = pictures / (std::to_string(i) + ".png");
      write_png(file, image);
      sample["picture"] = file.string();
    }
    samples.push_back(sample);
  }
  std::printf("%s\n", Json{{"event", "done"}, {"step", std::stoll(step)}, {"samples", samples}}.dump().c_str());
  return 0;
}

}  // namespace darkroom::fake
