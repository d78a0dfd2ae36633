// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "core/base/format.h"
#include "core/commands/commands.h"
#include "core/commands/download_reports.h"
#include "core/commands/repository_arguments.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

void say_summary(CommandOutput& output, const RepositoryRequest& request, const RepositorySummary& summary) {
  const double rate = summary.seconds > 0 ? static_cast<double>(summary.downloaded_bytes) / summary.seconds : 0;
  std::string text = format("{}: {} files, {} ({} downloaded", request.out.string(), summary.plan.files, bytes_text(summary.plan.bytes),
                            bytes_text(summary.downloaded_bytes));
  text += summary.downloaded_bytes > 0 ? format(" in {:.1f} s, {:.1f} MB/s)", summary.seconds, rate / 1e6) : ")";
  Json fields = repository_fields(request, summary);
  fields["out"] = fs::absolute(request.out).lexically_normal().string();
  output.done(std::move(fields), text + license_text(summary.license));
}

void get(const RepositoryArguments& arguments, CommandContext& context) {
  const RepositoryRequest request = request_of(arguments);
  try {
    const DownloadWatcher watcher = download_watcher(context.output, request.repository.text());
    say_summary(context.output, request, download_repository(request, watcher, context.cancel));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::cancelled) {
      throw;
    }
    fail(ErrorCode::interrupted, "{}: stopped; what came stays. The same command goes on from there.", arguments.out);
  }
}

}  // namespace

void add_hub_command(CLI::App& app, CommandContext& context) {
  CLI::App* hub = app.add_subcommand("hub", "Downloads models and datasets");
  hub->require_subcommand(1);
  CLI::App* command =
      add_command(*hub, context, "get", "A model or a dataset of the Hugging Face hub: resumed to the byte, checked by its hashes");
  auto arguments = std::make_shared<RepositoryArguments>();
  add_repository_options(*command, *arguments);
  command->get_option("repository")->required();
  command->callback([&context, arguments] { context.action = [&context, arguments] { get(*arguments, context); }; });
}

}  // namespace darkroom
