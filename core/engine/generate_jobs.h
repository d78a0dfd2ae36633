// SPDX-License-Identifier: Apache-2.0
// `generate` as a list of requests: one for a prompt, for each line of a file, or for each cell of a grid.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/commands/command.h"
#include "core/sample/make_images.h"
#include "core/sample/model_shelf.h"

namespace darkroom {

/// What the jobs made, for the closing line.
struct JobsReport {
  int64_t images = 0;
  double load_seconds = 0;
  double seconds = 0;  ///< without loading
  std::string weights_used;
  std::string device;
};

/// Runs requests one after another with one progress bar, each model loaded once.
class GenerateJobs {
 public:
  /// image  called for each picture: the job's index and the picture
  GenerateJobs(CommandContext& context, std::vector<GenerateOptions> jobs, std::function<void(size_t, const MadeImage&)> image);

  /// Says what was moved or cut of the prompts; writes save_latents where a job asks for it.
  /// throws  what ModelShelf::take and make_images throw; Error{io}
  JobsReport run();

 private:
  void run_one(size_t job);
  SamplingModel& model_for(const GenerateOptions& options);

  CommandContext& context_;
  std::vector<GenerateOptions> jobs_;
  std::function<void(size_t, const MadeImage&)> image_;
  ModelShelf shelf_;
  JobsReport report_;
  int64_t all_images_ = 0;
  std::optional<ProgressMeter> meter_;
  int64_t steps_a_picture_ = 1;  // of the first job: the meter counts pictures in these
};

/// Half of the machine's memory: how much of it models may hold that are not in use.
uint64_t usual_shelf_bytes();

}  // namespace darkroom
