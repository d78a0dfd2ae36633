// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "core/base/format.h"
#include "core/engine/commands.h"
#include "core/engine/download_reports.h"
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
  try {
    const DownloadWatcher watcher = download_watcher(context.output, request.repository.text());
    say_summary(context.output, options, request.repository, download_repository(request, watcher, context.cancel));
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
