// SPDX-License-Identifier: Apache-2.0
#include "core/engine/train_launch.h"

#include <unistd.h>

#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/progress.h"
#include "core/base/resources.h"
#include "core/engine/detached_process.h"
#include "core/run/run_directory.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr double launch_timeout_s = 60;

// The supervisor's last line that is no log line: its error sentence.
std::string last_words(const fs::path& output) {
  std::string text = read_file(output);
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  const size_t own = text.rfind("darkroom-engine: ");
  return own == std::string::npos ? text : text.substr(own + 17);
}

bool is_running(const fs::path& run) { return RunDirectory::is_run(run) && RunDirectory::open(run).status().state == RunState::running; }

}  // namespace

TrainingLaunch launch_training(const LaunchRequest& request) {
  const fs::path& run = request.run;
  if (is_running(run)) {
    fail(ErrorCode::busy, "{}: this run is running already", run.string());
  }
  std::vector<std::string> arguments{"train", "--run", run.string()};
  if (request.resume) {
    arguments.emplace_back("--resume");
  } else {
    arguments.insert(arguments.end(), {"--plan", request.plan.string()});
  }
  if (request.name) {
    arguments.push_back("--name=" + *request.name);  // a name may begin with a dash
  }
  if (!request.devices.empty()) {
    arguments.insert(arguments.end(), {"--devices", format("{}", fmt::join(request.devices, ","))});
  }
  const fs::path output = fs::temp_directory_path() / format("darkroom-launch-{}-{:.0f}.log", getpid(), monotonic_seconds() * 1e6);
  const DetachedProcess supervisor = DetachedProcess::start(executable_path(), arguments, output);
  const double started_s = monotonic_seconds();
  while (!is_running(run)) {
    if (const std::optional<int> status = supervisor.poll()) {
      const std::string words = last_words(output);
      fs::remove(output);
      if (*status == 0) {
        break;  // it was so short that it is done already
      }
      throw Error(*status == 3 ? ErrorCode::bad_input : ErrorCode::failed,
                  words.empty() ? format("The training ended at once with exit code {}.", *status) : words);
    }
    if (monotonic_seconds() - started_s > launch_timeout_s) {
      fail(ErrorCode::failed, "The training did not start within {} s; its output so far: {}", launch_timeout_s, last_words(output));
    }
    std::this_thread::sleep_for(DetachedProcess::poll_interval);
  }
  std::error_code ignored;
  fs::remove(output, ignored);  // the supervisor keeps its open file; the run directory has its logs
  return {fs::absolute(run), supervisor.pid};
}

}  // namespace darkroom
