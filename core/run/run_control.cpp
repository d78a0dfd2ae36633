// SPDX-License-Identifier: Apache-2.0
#include "core/run/run_control.h"

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/wall_clock.h"
#include "core/run/journal.h"
#include "core/run/run_lock.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

struct KindName {
  RunRequestKind kind;
  std::string_view name;
  JournalEvent event;
};

constexpr KindName all_kinds[] = {{RunRequestKind::stop, "stop", JournalEvent::stop_requested},
                                  {RunRequestKind::save, "save", JournalEvent::save_requested},
                                  {RunRequestKind::sample, "sample", JournalEvent::sample_requested},
                                  {RunRequestKind::pause, "pause", JournalEvent::pause_requested},
                                  {RunRequestKind::resume, "resume", JournalEvent::resume_requested}};

const KindName& entry_of(RunRequestKind kind) {
  return *std::find_if(std::begin(all_kinds), std::end(all_kinds), [kind](const KindName& entry) { return entry.kind == kind; });
}

fs::path request_file(const RunDirectory& run, RunRequestKind kind) {
  return run.requests_folder() / (std::string(run_request_name(kind)) + ".json");
}

}  // namespace

std::string_view run_request_name(RunRequestKind kind) { return entry_of(kind).name; }

void send_request(const RunDirectory& run, RunRequestKind kind, const std::string& from) {
  if (!lock_holder(run.lock_file())) {
    const RunStatus status = run.status();
    fail(ErrorCode::failed, "The run \"{}\" is not running (it is {}), so there is nothing to {}.", status.name,
         run_state_name(status.state), run_request_name(kind));
  }
  std::error_code ignored;
  fs::create_directories(run.requests_folder(), ignored);
  write_file_atomically(request_file(run, kind), Json{{"time", wall_seconds()}, {"from", from}}.dump() + "\n");
}

RunControl::RunControl(const RunDirectory& run, EarlierRequests earlier, std::vector<RunRequestKind> kinds)
    : run_(run), kinds_(std::move(kinds)) {
  if (earlier == EarlierRequests::forget) {
    for (const KindName& entry : all_kinds) {
      std::error_code ignored;
      fs::remove(request_file(run_, entry.kind), ignored);
    }
  }
}

std::vector<RunRequest> RunControl::poll() {
  std::vector<RunRequest> requests;
  for (const RunRequestKind kind : kinds_) {
    const fs::path file = request_file(run_, kind);
    std::error_code error;
    if (!fs::exists(file, error)) {
      continue;
    }
    RunRequest request{kind, 0, {}};
    // Whatever stands in the file, its being there is the wish.
    const Json json = Json::parse(read_file(file), nullptr, false);
    if (json.is_object()) {
      request.time = json.contains("time") && json["time"].is_number() ? json["time"].get<double>() : 0;
      request.from = json.contains("from") && json["from"].is_string() ? json["from"].get<std::string>() : std::string();
    }
    fs::remove(file, error);
    try {
      Journal(run_.journal_file()).append(entry_of(kind).event, Json{{"from", request.from}});
    } catch (const Error&) {
      // A full disk: the wish counts all the same.
    }
    requests.push_back(std::move(request));
  }
  return requests;
}

}  // namespace darkroom
