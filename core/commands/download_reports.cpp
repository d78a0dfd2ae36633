// SPDX-License-Identifier: Apache-2.0
#include "core/commands/download_reports.h"

#include <filesystem>
#include <memory>

#include "core/base/format.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

std::string files_text(const std::vector<FilePosition>& positions) {
  std::string text;
  for (const FilePosition& file : positions) {
    const uint64_t percent = file.total > 0 ? file.done * 100 / file.total : 100;
    text += format("{}{} {} %", text.empty() ? "" : ", ", fs::path(file.path).filename().string(), percent);
  }
  return text;
}

Json files_json(const std::vector<FilePosition>& positions) {
  Json files = Json::array();
  for (const FilePosition& file : positions) {
    files.push_back({{"file", file.path}, {"done", file.done}, {"total", file.total}});
  }
  return files;
}

void say_plan(CommandOutput& output, const std::string& source, const DownloadPlan& plan) {
  output.event("planned", {{"repository", source},
                           {"commit", plan.commit},
                           {"files", plan.files},
                           {"bytes", plan.bytes},
                           {"present", plan.present_files},
                           {"missing_bytes", plan.missing_bytes}});
  if (plan.commit.empty()) {
    output.say(format("{}: {} files; {} are there", source, plan.files, plan.present_files));
    return;
  }
  output.say(format("{} at commit {}: {} files, {}; {} files are there, {} to come", source, plan.commit.substr(0, 12), plan.files,
                    bytes_text(plan.bytes), plan.present_files, bytes_text(plan.missing_bytes)));
}

void say_file(CommandOutput& output, const FileReport& file) {
  Json fields{{"file", file.path}, {"outcome", file_outcome_name(file.outcome)}, {"bytes", file.bytes}, {"verified", file.is_verified}};
  if (file.outcome == FileOutcome::resumed) {
    fields["resumed_at"] = file.resumed_at;
  }
  output.event("file", std::move(fields));
  if (file.outcome != FileOutcome::present) {
    output.say(format("{}  {}{}{}", file.path, bytes_text(file.bytes),
                      file.outcome == FileOutcome::resumed  ? format(", resumed at {}", bytes_text(file.resumed_at))
                      : file.outcome == FileOutcome::copied ? ", copied from the hub's cache"
                                                            : "",
                      file.is_verified ? "" : ", not verified: no hash of it is published"));
  }
}

}  // namespace

DownloadWatcher download_watcher(CommandOutput& output, const std::string& source) {
  const auto note = std::make_shared<std::string>();
  DownloadWatcher watcher;
  watcher.planned = [&output, source](const DownloadPlan& plan) { say_plan(output, source, plan); };
  watcher.progress = [&output, note](const Progress& progress) {
    Progress shown = progress;
    shown.note = output.json() ? std::string() : *note;
    output.progress(shown);
  };
  watcher.files = [&output, note](const std::vector<FilePosition>& positions) {
    *note = files_text(positions);
    output.event("files", {{"files", files_json(positions)}});
  };
  watcher.file_done = [&output](const FileReport& file) { say_file(output, file); };
  return watcher;
}

}  // namespace darkroom
