// SPDX-License-Identifier: Apache-2.0
#include "core/engine/wandb_sync.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "core/base/format.h"
#include "core/engine/detached_process.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

std::optional<fs::path> program_on_path(std::string_view name) {
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(':'), rest.size());
    const fs::path candidate = fs::path(rest.substr(0, end)) / name;
    if (::access(candidate.c_str(), X_OK) == 0 && fs::is_regular_file(candidate)) {
      return candidate;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::nullopt;
}

}  // namespace

void require_wandb(const TrainingPlan& plan) {
  if (plan.logging.wandb != "online") {
    return;
  }
  if (const char* key = std::getenv("WANDB_API_KEY"); key == nullptr || *key == '\0') {
    fail(ErrorCode::bad_input,
         "/logging/wandb: \"online\" needs WANDB_API_KEY in the environment; with \"offline\" the same files are written and `wandb sync` "
         "sends them later.");
  }
  if (!program_on_path("wandb")) {
    fail(ErrorCode::bad_input,
         "/logging/wandb: \"online\" needs the program `wandb` on PATH (`pip install wandb`): it sends the files. \"offline\" needs "
         "nothing.");
  }
}

std::string send_to_wandb(const TrainingPlan& plan, const RunDirectory& run) {
  const fs::path launch = run.wandb_folder() / "latest-run";
  const std::optional<fs::path> program = program_on_path("wandb");
  if (plan.logging.wandb != "online" || !program || !fs::exists(launch)) {
    return {};
  }
  const fs::path log = run.log_folder() / "wandb_sync.log";
  DetachedProcess::start(*program, {"sync", fs::canonical(launch).string()}, log);
  return format("`wandb sync` sends the records of this launch; see {}.", log.string());
}

}  // namespace darkroom
