// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "core/base/format.h"
#include "core/engine/commands.h"
#include "core/hub/repository_download.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

struct Options {
  std::string repository;
  std::string revision = "main";
  std::vector<std::string> files;
  std::string out;
  std::string endpoint;
};

std::string bytes_text(uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes < 1000) {
    return format("{} bytes", bytes);
  }
  if (bytes < 1'000'000) {
    return format("{:.1f} kB", value / 1e3);
  }
  return bytes < 1'000'000'000 ? format("{:.1f} MB", value / 1e6) : format("{:.2f} GB", value / 1e9);
}

// Megabytes for people; programs get bytes.
Progress in_megabytes(const Progress& progress, const std::string& note) {
  constexpr uint64_t megabyte = 1'000'000;
  Progress shown = progress;
  shown.done = progress.done / megabyte;
  shown.unit = "MB";
  shown.note = note;
  if (progress.total) {
    shown.total = *progress.total / megabyte;
  }
  if (progress.units_per_s) {
    shown.units_per_s = *progress.units_per_s / static_cast<double>(megabyte);
  }
  return shown;
}

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

void say_plan(CommandOutput& output, const HubRepository& repository, const DownloadPlan& plan) {
  output.event("planned", {{"repository", repository.text()},
                           {"commit", plan.commit},
                           {"files", plan.files},
                           {"bytes", plan.bytes},
                           {"present", plan.present_files},
                           {"missing_bytes", plan.missing_bytes}});
  output.say(format("{} at commit {}: {} files, {}; {} files are there, {} to come", repository.text(), plan.commit.substr(0, 12),
                    plan.files, bytes_text(plan.bytes), plan.present_files, bytes_text(plan.missing_bytes)));
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
                      file.is_verified ? "" : ", not verified: the hub publishes no hash of it"));
  }
}

void say_summary(CommandOutput& output, const Options& options, const HubRepository& repository, const RepositorySummary& summary) {
  const double rate = summary.seconds > 0 ? static_cast<double>(summary.downloaded_bytes) / summary.seconds : 0;
  std::string text = format("{}: {} files, {} ({} downloaded", options.out, summary.plan.files, bytes_text(summary.plan.bytes),
                            bytes_text(summary.downloaded_bytes));
  text += summary.downloaded_bytes > 0 ? format(" in {:.1f} s, {:.1f} MB/s)", summary.seconds, rate / 1e6) : ")";
  text += format("\nlicence: {}", summary.license.empty() ? "the model card names none" : summary.license.text());
  output.done({{"repository", repository.text()},
               {"revision", options.revision},
               {"commit", summary.plan.commit},
               {"out", fs::absolute(options.out).lexically_normal().string()},
               {"files", summary.plan.files},
               {"bytes", summary.plan.bytes},
               {"present", summary.plan.present_files},
               {"copied", summary.copied_files},
               {"resumed", summary.resumed_files},
               {"unverified", summary.unverified_files},
               {"downloaded_bytes", summary.downloaded_bytes},
               {"license", summary.license.text()},
               {"seconds", summary.seconds}},
              text);
}

void get(const Options& options, CommandContext& context) {
  RepositoryRequest request;
  request.repository = parse_repository(options.repository);
  request.revision = options.revision;
  request.patterns = options.files;
  request.out = options.out;
  request.access = hub_access(options.endpoint);
  CommandOutput& output = context.output;
  std::string note;
  DownloadWatcher watcher;
  watcher.planned = [&](const DownloadPlan& plan) { say_plan(output, request.repository, plan); };
  watcher.progress = [&](const Progress& progress) { output.progress(output.json() ? progress : in_megabytes(progress, note)); };
  watcher.files = [&](const std::vector<FilePosition>& positions) {
    note = files_text(positions);
    output.event("files", {{"files", files_json(positions)}});
  };
  watcher.file_done = [&](const FileReport& file) { say_file(output, file); };
  try {
    say_summary(output, options, request.repository, download_repository(request, watcher, context.cancel));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::cancelled) {
      throw;
    }
    fail(ErrorCode::interrupted, "{}: stopped; what came stays. The same command goes on from there.", options.out);
  }
}

}  // namespace

void add_hub_command(CLI::App& app, CommandContext& context) {
  CLI::App* hub = app.add_subcommand("hub", "Downloads models and datasets");
  hub->require_subcommand(1);
  CLI::App* command =
      add_command(*hub, context, "get", "A model or a dataset of the Hugging Face hub: resumed to the byte, checked by its hashes");
  auto options = std::make_shared<Options>();
  command->add_option("repository", options->repository, "org/name of a model, or datasets/org/name")->required();
  command->add_option("--revision", options->revision, "Branch, tag or commit");
  command
      ->add_option("--file", options->files,
                   "Only this file: a path, a folder with / at its end, or a pattern with * ? [ ]; may be repeated")
      ->allow_extra_args(false);  // or it would take the repository for a second file
  command->add_option("--out", options->out, "Folder for the files; made when it is not there")->required();
  command->add_option("--endpoint", options->endpoint, "Address of the hub, instead of HF_ENDPOINT or https://huggingface.co");
  command->footer("A token is read from HF_TOKEN or from the file that the hub's own login writes; it is sent to the hub alone.");
  command->callback([&context, options] { context.action = [&context, options] { get(*options, context); }; });
}

}  // namespace darkroom
