// SPDX-License-Identifier: Apache-2.0
#include "core/commands/data_stage.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "core/base/format.h"
#include "core/base/process_memory.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

std::optional<int> parse_distance(const std::string& text) {
  if (text == "off") {
    return std::nullopt;
  }
  int distance = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), distance);
  if (error != std::errc() || end != text.data() + text.size() || distance < 0 || distance > largest_hash_distance) {
    fail(ErrorCode::usage, "--near-duplicates: expected off or a number from 0 to {}, got {}", largest_hash_distance, text);
  }
  return distance;
}

}  // namespace

void run_stage(const std::string& out, const std::function<void()>& stage) {
  try {
    stage();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::cancelled) {
      throw;
    }
    fail(ErrorCode::interrupted, "{}: stopped; what is finished stays. The same command goes on from there.", out);
  }
}

void report_stage(CommandContext& context, Json fields, std::string text) {
  constexpr double gib = 1024.0 * 1024.0 * 1024.0;
  const double peak_gib = static_cast<double>(process_memory().peak_bytes) / gib;
  fields["peak_gib"] = peak_gib;
  text += format("\nat most {:.2f} GiB of memory", peak_gib);
  context.output.done(std::move(fields), text);
}

std::string quarantine_text(uint64_t items, const std::string& folder) {
  return items == 0 ? std::string() : format("\nleft out: {} items; {} says why", items, (fs::path(folder) / quarantine_name).string());
}

std::vector<fs::path> sorted_shards(const std::vector<std::string>& tars) {
  std::vector<fs::path> shards(tars.begin(), tars.end());
  std::sort(shards.begin(), shards.end(), [](const fs::path& a, const fs::path& b) { return a.filename() < b.filename(); });
  return shards;
}

void add_tokenize_options(CLI::App& command, TokenizeOptions& options) {
  command.add_option("--min-caption-chars", options.min_caption_chars, "Shorter captions are left out, characters")
      ->check(CLI::Range(1, 100'000));
  command
      .add_option_function<std::string>(
          "--phash", [&options](const std::string& text) { options.perceptual_hash = text == "on"; },
          "Whether each picture's perceptual hash is computed, for near-duplicates")
      ->check(CLI::IsMember({"on", "off"}))
      ->default_str("on");
  command.add_option("--threads", options.threads, "Threads that decode and tokenise; 0: one a core")->check(CLI::Range(0, 1024));
}

void add_arrow_options(CLI::App& command, ArrowArguments& arguments) {
  command.add_option("--validation-share", arguments.split.validation_share, "Part of the captions kept for validation")
      ->check(CLI::Range(0.0, 0.5));
  command.add_option("--validation-max", arguments.split.validation_max, "Captions kept for validation at most");
  command.add_option("--seed", arguments.split.seed, "Of the choice of validation captions");
  command.add_option("--near-duplicates", arguments.near_distance,
                     "Pictures whose perceptual hashes differ in at most so many bits stay on one side; off: only copies to the byte");
  command.add_option("--drop", arguments.drop, "A rules file whose overrides name rows to leave out, as data dedup writes it")
      ->check(CLI::ExistingFile);
}

BuildArrowSummary run_arrow(const ArrowArguments& arguments, const std::vector<fs::path>& inputs, const fs::path& dataset,
                            CommandContext& context) {
  SplitOptions split = arguments.split;
  split.near_distance = parse_distance(arguments.near_distance);
  return build_arrow(inputs, dataset, split, context.output.sink(), context.cancel,
                     arguments.drop.empty() ? DropList() : read_drop_list(arguments.drop));
}

}  // namespace darkroom
