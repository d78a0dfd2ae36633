// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <optional>

#include "core/base/format.h"
#include "core/commands/data_command.h"
#include "core/commands/data_stage.h"
#include "core/download/download_images.h"
#include "core/pipeline/filter_metadata.h"

namespace darkroom {
namespace {

struct DownloadArguments {
  std::vector<std::string> inputs;
  std::string out;
  DownloadOptions options;
  std::string resize_mode{resize_mode_name(options.picture.resize_mode)};
  std::string format{picture_format_name(options.picture.format)};
  std::optional<int> quality;
  bool only_if_bigger = false;
  bool skip_reencode = false;
  std::string hash{digest_kind_name(options.columns.hash_kind)};
  std::string verify_hash;
  std::vector<std::string> networks;
  bool allow_private = false;
};

constexpr int default_png_level = 6;
constexpr size_t most_reasons_shown = 8;

// "md5" or "column:md5".
void choose_hash(DownloadArguments& arguments) {
  ColumnOptions& columns = arguments.options.columns;
  columns.hash_kind = digest_kind_named(arguments.hash);
  if (arguments.verify_hash.empty()) {
    return;
  }
  const size_t colon = arguments.verify_hash.rfind(':');
  if (colon == 0 || colon == std::string::npos) {
    fail(ErrorCode::usage, "--verify-hash: expected COLUMN:md5, COLUMN:sha1 or COLUMN:sha256, got '{}'", arguments.verify_hash);
  }
  columns.hash = arguments.verify_hash.substr(0, colon);
  columns.hash_kind = digest_kind_named(arguments.verify_hash.substr(colon + 1));
}

DownloadOptions options_of(DownloadArguments arguments) {
  DownloadOptions& options = arguments.options;
  options.picture.resize_mode = resize_mode_named(arguments.resize_mode);
  options.picture.format = picture_format_named(arguments.format);
  options.picture.quality =
      arguments.quality.value_or(options.picture.format == PictureFormat::png ? default_png_level : options.picture.quality);
  options.picture.enlarging = arguments.only_if_bigger ? Enlarging::never : Enlarging::allow;
  options.picture.reencoding = arguments.skip_reencode ? Reencoding::only_if_needed : Reencoding::always;
  choose_hash(arguments);
  AddressRules& addresses = options.transfer.addresses;
  addresses.private_networks = arguments.allow_private ? PrivateNetworks::allow : PrivateNetworks::refuse;
  for (const std::string& network : arguments.networks) {
    addresses.allowed.push_back(parse_network(network));
  }
  std::erase(options.transfer.disallowing_directives, "none");
  return options;
}

std::string reasons_text(const ShardStats& stats) {
  std::vector<std::pair<uint64_t, std::string>> reasons;
  for (const auto& [words, times] : stats.statuses) {
    if (words != "success") {
      reasons.emplace_back(times, words);
    }
  }
  std::sort(reasons.rbegin(), reasons.rend());
  std::string text;
  for (size_t i = 0; i < reasons.size() && i < most_reasons_shown; ++i) {
    text += format("\n{:>10}  {}", reasons[i].first, reasons[i].second);
  }
  return text;
}

void report_download(const std::string& out, const DownloadSummary& summary, CommandContext& context) {
  const ShardStats& stats = summary.stats;
  const double rate = summary.seconds > 0 ? static_cast<double>(summary.rows_downloaded) / summary.seconds : 0;
  std::string text = format("{}: {} of {} pictures in {} shards; {} failed to download, {} to resize", out, stats.successes, stats.count,
                            summary.shards, stats.failed_to_download, stats.failed_to_resize);
  text += reasons_text(stats);
  text += format("\n{} rows in {:.1f} s ({:.1f} a second), {:.1f} MB", summary.rows_downloaded, summary.seconds, rate,
                 static_cast<double>(summary.downloaded_bytes) / 1e6);
  if (summary.shards_skipped + summary.rows_resumed > 0) {
    text += format("\nfrom earlier runs: {} shards and {} rows", summary.shards_skipped, summary.rows_resumed);
  }
  if (summary.rows_reused > 0) {
    text += format("\n{} pictures were taken from other downloads", summary.rows_reused);
  }
  text += quarantine_text(stats.failed_to_download + stats.failed_to_resize, out);
  if (stats.failed_to_download > 0) {
    text += "\n--retry-failed tries those again that failed to download";
  }
  report_stage(context,
               {{"out", out},
                {"rows", stats.count},
                {"successes", stats.successes},
                {"failed_to_download", stats.failed_to_download},
                {"failed_to_resize", stats.failed_to_resize},
                {"statuses", stats.statuses},
                {"shards", summary.shards},
                {"shards_skipped", summary.shards_skipped},
                {"rows_resumed", summary.rows_resumed},
                {"rows_reused", summary.rows_reused},
                {"rows_downloaded", summary.rows_downloaded},
                {"downloaded_bytes", summary.downloaded_bytes},
                {"seconds", summary.seconds},
                {"images_per_s", rate}},
               text);
}

void download(const DownloadArguments& arguments, CommandContext& context) {
  const DownloadOptions options = options_of(arguments);
  const std::vector<std::filesystem::path> inputs =
      metadata_inputs(std::vector<std::filesystem::path>(arguments.inputs.begin(), arguments.inputs.end()));
  run_stage(arguments.out, [&] {
    const DownloadSummary summary = download_images(inputs, arguments.out, options, context.output.sink(), context.cancel);
    report_download(arguments.out, summary, context);
  });
}

void add_picture_options(CLI::App& command, DownloadArguments& arguments) {
  PictureOptions& picture = arguments.options.picture;
  command.add_option("--image-size", picture.image_size, "Side that the resize mode aims at, px")->check(CLI::Range(1, 32768));
  command.add_option("--resize-mode", arguments.resize_mode, "What is brought to the size; keep_ratio: the shorter side, uncropped")
      ->check(CLI::IsMember(resize_mode_names()));
  command.add_flag("--resize-only-if-bigger", arguments.only_if_bigger, "Never enlarge");
  command.add_option("--encode-format", arguments.format, "Of the pictures in the tars")->check(CLI::IsMember(picture_format_names()));
  command.add_option("--encode-quality", arguments.quality, "jpg and webp: 1 to 100; png: level of compression, 0 to 9")
      ->default_str(format("{}, png {}", picture.quality, default_png_level));
  command.add_flag("--skip-reencode", arguments.skip_reencode, "A picture that needs no resizing keeps its bytes, metadata included");
  command.add_option("--min-image-size", picture.min_image_size, "Pictures with a shorter side below are left out, px");
  command.add_option("--max-image-area", picture.max_image_area, "Pictures with more pixels are left out");
  command.add_option("--max-aspect-ratio", picture.max_aspect_ratio, "Longer pictures are left out: longer side over shorter");
}

void add_transfer_options(CLI::App& command, DownloadArguments& arguments) {
  TransferOptions& transfer = arguments.options.transfer;
  command.add_option("--connections", transfer.connections, "At once, over all hosts")->check(CLI::Range(1, 4096));
  command.add_option("--per-host", transfer.connections_per_host, "At once, to one host")->check(CLI::Range(1, 4096));
  command.add_option("--timeout", transfer.timeout_s, "For a connection, and for a line on which nothing comes, s")
      ->check(CLI::Range(0.1, 3600.0));
  command.add_option("--longest", transfer.longest_s, "For a whole picture, s")->check(CLI::Range(0.1, 86400.0));
  command.add_option("--max-bytes", transfer.most_bytes, "Of one answer; a longer one is not read")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 30));
  command.add_option("--tries", transfer.retry.tries, "For a URL, where another try may help")->check(CLI::Range(1, 100));
  command.add_option("--retry-delay", transfer.retry.first_delay_s, "Before the second try, doubled with each, s")
      ->check(CLI::Range(0.0, 3600.0));
  command.add_option("--longest-wait", transfer.retry.longest_wait_s, "Hosts that ask for more patience (Retry-After) are given up, s")
      ->check(CLI::Range(0.0, 86400.0));
  command.add_option("--user-agent", transfer.user_agent, "How this client introduces itself");
  command.add_option("--user-agent-token", transfer.user_agent_token, "Its name in X-Robots-Tag headers that speak to one client");
  command
      .add_option("--disallowing-directives", transfer.disallowing_directives,
                  "Words of X-Robots-Tag by which a host forbids the use; none: all pictures are taken")
      ->delimiter(',');
  command.add_flag("--allow-private", arguments.allow_private,
                   "Also fetch from this machine and from private networks; a stranger's list must not");
  command.add_option("--allow-network", arguments.networks, "Also fetch from these addresses: 10.1.0.0/16")->delimiter(',');
}

}  // namespace

void add_data_download_command(CLI::App& data, CommandContext& context) {
  auto arguments = std::make_shared<DownloadArguments>();
  arguments->options.columns.keep = {"all"};
  CLI::App* command = add_command(data, context, "download", "Kept rows of metadata -> WebDataset tars of their pictures");
  command->add_option("inputs", arguments->inputs, "Parquet files, or folders of them")->required();
  command->add_option("--out", arguments->out, "Folder of the shards to make or to go on with")->required();
  add_picture_options(*command, *arguments);
  add_transfer_options(*command, *arguments);
  ColumnOptions& columns = arguments->options.columns;
  command->add_option("--url-column", columns.url, "Instead of url, in any case");
  command->add_option("--caption-column", columns.caption, "Instead of caption, text, top_caption or prompt, in any case");
  command->add_option("--keep-columns", columns.keep, "Other columns that stay with a picture, with commas; all: every one")
      ->delimiter(',');
  command->add_option("--verify-hash", arguments->verify_hash, "Column with the hash of a picture's file and its kind: md5:md5");
  command->add_option("--compute-hash", arguments->hash, "Kind of hash that is written; of --verify-hash, where that is given")
      ->check(CLI::IsMember(digest_kind_names()));
  command->add_option("--rows-per-shard", arguments->options.rows_per_shard, "Rows that become one tar")->check(CLI::Range(1, 10'000'000));
  command->add_option("--shard-digits", arguments->options.shard_digits, "Digits of a shard's number")->check(CLI::Range(1, 12));
  command->add_option("--threads", arguments->options.threads, "Threads that decode and encode; 0: one a core")->check(CLI::Range(0, 1024));
  command
      ->add_option("--reuse", arguments->options.earlier_folders,
                   "Folder of another download with the same options: what it has is not downloaded again; may be repeated")
      ->check(CLI::ExistingDirectory)
      ->allow_extra_args(false);
  command->add_flag("--retry-failed", arguments->options.retry_failed, "Try rows of finished shards again that failed to download");
  command->footer("No proxy is used: the address that is connected to is checked, and behind a proxy it could not be.");
  command->callback([&context, arguments] { context.action = [&context, arguments] { download(*arguments, context); }; });
}

}  // namespace darkroom
