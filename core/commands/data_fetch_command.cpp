// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/commands/data_command.h"
#include "core/commands/data_stage.h"
#include "core/commands/download_reports.h"
#include "core/commands/repository_arguments.h"
#include "core/download/fetch_archives.h"
#include "core/hub/url_list.h"

namespace darkroom {
namespace {

struct FetchArguments {
  RepositoryArguments repository;
  std::string urls;
  std::string reencode;
  bool delete_archives = false;
  ArchiveFetch archives;
};

std::string rate_text(uint64_t bytes, double seconds) {
  return bytes > 0 && seconds > 0
             ? format("{} downloaded in {:.1f} s, {:.1f} MB/s", bytes_text(bytes), seconds, static_cast<double>(bytes) / seconds / 1e6)
             : "nothing was to come";
}

void fetch_list(const FetchArguments& arguments, CommandContext& context) {
  UrlListRequest request;
  request.files = parse_url_list(read_file(arguments.urls), arguments.urls);
  request.out = arguments.repository.out;
  const DownloadWatcher watcher = download_watcher(context.output, arguments.urls);
  const UrlListSummary summary = download_url_list(request, watcher, context.cancel);
  report_stage(context,
               {{"urls", arguments.urls},
                {"out", arguments.repository.out},
                {"files", summary.files},
                {"bytes", summary.bytes},
                {"present", summary.present_files},
                {"resumed", summary.resumed_files},
                {"unverified", summary.unverified_files},
                {"downloaded_bytes", summary.downloaded_bytes},
                {"seconds", summary.seconds}},
               format("{}: {} files, {}; {}", arguments.repository.out, summary.files, bytes_text(summary.bytes),
                      rate_text(summary.downloaded_bytes, summary.seconds)));
}

void fetch_repository(const FetchArguments& arguments, CommandContext& context) {
  const RepositoryRequest request = request_of(arguments.repository);
  const DownloadWatcher watcher = download_watcher(context.output, request.repository.text());
  const RepositorySummary summary = download_repository(request, watcher, context.cancel);
  Json fields = repository_fields(request, summary);
  fields["out"] = arguments.repository.out;
  report_stage(context, std::move(fields),
               format("{}: {} files, {}; {}{}", arguments.repository.out, summary.plan.files, bytes_text(summary.plan.bytes),
                      rate_text(summary.downloaded_bytes, summary.seconds), license_text(summary.license)));
}

void fetch_sharded(const FetchArguments& arguments, CommandContext& context) {
  ArchiveFetch fetch = arguments.archives;
  fetch.repository = request_of(arguments.repository);
  fetch.kind = arguments.reencode == "journeydb" ? PictureSet::journeydb : PictureSet::diffusiondb;
  fetch.after = arguments.delete_archives ? AfterShard::remove_archive : AfterShard::keep_archive;
  const DownloadWatcher watcher = download_watcher(context.output, fetch.repository.repository.text());
  const ArchiveFetchSummary summary = fetch_archives(fetch, watcher, context.output.sink(), context.cancel);
  std::string text = format("{}: {} pictures in {} shards; {}", fetch.shards_out.string(), summary.pictures, summary.archives,
                            rate_text(summary.downloaded_bytes, summary.seconds));
  if (summary.archives_skipped > 0) {
    text += format("\n{} archives were made into shards by an earlier run", summary.archives_skipped);
  }
  text += quarantine_text(summary.quarantined, fetch.shards_out.string());
  text += license_text(summary.license);
  report_stage(context,
               {{"repository", fetch.repository.repository.text()},
                {"commit", summary.commit},
                {"out", fetch.shards_out.string()},
                {"archives", summary.archives},
                {"archives_skipped", summary.archives_skipped},
                {"pictures", summary.pictures},
                {"quarantined", summary.quarantined},
                {"downloaded_bytes", summary.downloaded_bytes},
                {"license", summary.license.text()},
                {"seconds", summary.seconds}},
               text);
}

void fetch(const FetchArguments& arguments, CommandContext& context) {
  if (arguments.repository.repository.empty() == arguments.urls.empty()) {
    fail(ErrorCode::usage, "Give either a repository (datasets/org/name) or --urls (a list of addresses).");
  }
  if (arguments.reencode.empty() != arguments.archives.shards_out.empty()) {
    fail(ErrorCode::usage, "--reencode and --shards belong together: what the archives are, and the folder for their shards.");
  }
  if (!arguments.urls.empty() && !arguments.reencode.empty()) {
    fail(ErrorCode::usage, "--reencode wants a repository, whose listing says what the archives are; use `data shards` behind --urls.");
  }
  if (arguments.delete_archives && arguments.reencode.empty()) {
    fail(ErrorCode::usage, "--delete-archives wants --reencode: nothing else is made of the archives.");
  }
  run_stage(arguments.repository.out, [&] {
    if (!arguments.urls.empty()) {
      fetch_list(arguments, context);
    } else if (arguments.reencode.empty()) {
      fetch_repository(arguments, context);
    } else {
      fetch_sharded(arguments, context);
    }
  });
}

void add_shard_options(CLI::App& command, FetchArguments& arguments) {
  ArchiveFetch& archives = arguments.archives;
  CLI::Option* const reencode =
      command.add_option("--reencode", arguments.reencode, "Make shards of the archives as they come: what they are")
          ->check(CLI::IsMember({"diffusiondb", "journeydb"}));
  command.add_option_function<std::string>(
      "--shards", [&archives](const std::string& folder) { archives.shards_out = folder; }, "Folder of those shards");
  command.add_flag("--delete-archives", arguments.delete_archives, "Delete an archive when its shard is on the disk");
  command.add_option("--size", archives.shards.size, "Side of the square, px")->check(CLI::Range(8, 4096))->needs(reencode);
  command.add_option("--min-side", archives.shards.min_side, "Smaller pictures are left out, px; 0: none")
      ->check(CLI::Range(0, 4096))
      ->needs(reencode);
  command.add_option("--quality", archives.shards.quality, "Of the JPEGs")->check(CLI::Range(1, 100))->needs(reencode);
  command.add_option("--min-caption-chars", archives.shards.min_caption_chars, "Shorter captions are left out, characters")
      ->check(CLI::Range(1, 100'000))
      ->needs(reencode);
  command.add_option("--threads", archives.shards.threads, "Threads that decode and encode; 0: one a core")
      ->check(CLI::Range(0, 1024))
      ->needs(reencode);
  command.add_option("--caption-kind", archives.choice.kind, "JourneyDB: what a picture was made with, or what a model wrote about it")
      ->check(CLI::IsMember({"prompt", "caption"}))
      ->needs(reencode);
}

}  // namespace

void add_data_fetch_command(CLI::App& data, CommandContext& context) {
  auto arguments = std::make_shared<FetchArguments>();
  CLI::App* command = add_command(data, context, "fetch", "A hub's files, or a list of URLs -> metadata, archives or shards of them");
  add_repository_options(*command, arguments->repository);
  CLI::Option* const urls =
      command->add_option("--urls", arguments->urls, "Instead of a repository: a list, a line a file: URL [sha256=HEX] [as=PATH]")
          ->check(CLI::ExistingFile);
  for (const char* of_repository : {"--revision", "--file", "--endpoint"}) {
    urls->excludes(command->get_option(of_repository));
  }
  add_shard_options(*command, *arguments);
  command->callback([&context, arguments] { context.action = [&context, arguments] { fetch(*arguments, context); }; });
}

}  // namespace darkroom
