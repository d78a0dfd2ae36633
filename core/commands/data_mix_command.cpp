// SPDX-License-Identifier: Apache-2.0
// `data mix`: datasets and shares -> a mixture by reference, which a plan's source may name.
#include <charconv>
#include <cmath>
#include <memory>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/commands/data_command.h"
#include "core/commands/data_stage.h"
#include "core/dataset/dataset_card.h"
#include "core/dataset/mixture.h"
#include "core/plan/mixture_file.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

struct MixCommand {
  std::vector<std::string> sources;
  std::string out;
  int64_t batch = 96;
};

template <typename Number>
Number parse_source_number(std::string_view text, const std::string& source, const char* wanted) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number > 0)) {
    fail(ErrorCode::usage, "{}: expected {} behind the folder's name, got \"{}\"", source, wanted, text);
  }
  return number;
}

// "datasets/faces=20" or "datasets/faces=20:50000".
SourcePlan parse_source(const std::string& text) {
  const size_t sign = text.rfind('=');
  if (sign == std::string::npos || sign == 0) {
    fail(ErrorCode::usage, "{}: expected FOLDER=SHARE or FOLDER=SHARE:LIMIT", text);
  }
  SourcePlan source;
  source.dataset = text.substr(0, sign);
  const std::string_view behind = std::string_view(text).substr(sign + 1);
  const size_t colon = behind.find(':');
  source.share = parse_source_number<double>(behind.substr(0, colon), text, "a share above 0");
  if (!std::isfinite(source.share)) {
    fail(ErrorCode::usage, "{}: expected a share above 0 behind the folder's name, got \"{}\"", text, behind);
  }
  if (colon != std::string_view::npos) {
    source.limit = parse_source_number<int64_t>(behind.substr(colon + 1), text, "a limit of rows");
  }
  return source;
}

void check_alike(const DatasetCard& card, const std::string& folder, const DatasetCard& first, const std::string& first_folder) {
  if (card.latent_recipe.shape != first.latent_recipe.shape || card.latent_recipe.vae != first.latent_recipe.vae) {
    fail(ErrorCode::bad_input,
         "{} and {}: their latents differ in shape or were made by different VAEs, so they cannot be trained on together", first_folder,
         folder);
  }
}

void mix(const MixCommand& command, CommandContext& context) {
  MixtureFile mixture;
  std::vector<MixtureSource> parts;
  std::optional<DatasetCard> first;
  double sum = 0;
  for (const std::string& text : command.sources) {
    SourcePlan source = parse_source(text);
    const DatasetCard card = read_dataset_card(source.dataset);
    if (!first) {
      first = card;
    }
    const uint64_t rows = card.splits.contains("train") ? card.splits.at("train") : 0;
    if (rows == 0) {
      fail(ErrorCode::bad_input, "{}: has no rows to train on", source.dataset);
    }
    sum += source.share;
    parts.push_back(
        {.rows = rows, .share = source.share, .limit = source.limit ? std::optional(static_cast<uint64_t>(*source.limit)) : std::nullopt});
    mixture.sources.push_back(std::move(source));
    check_alike(card, mixture.sources.back().dataset, *first, mixture.sources.front().dataset);
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    parts[i].share /= sum;
    mixture.sources[i].share = parts[i].share;
  }
  const fs::path out = command.out;
  const fs::path folder = fs::absolute(out).parent_path();
  fs::create_directories(folder);
  const Mixture epoch(parts, {.seed = 0, .phase = 0, .global_batch = command.batch, .world_size = 1});
  Json sources = Json::array();
  std::string text =
      format("{}: an epoch at batch {} has {} samples", command.out, command.batch, epoch.batches_per_epoch() * command.batch);
  for (size_t i = 0; i < parts.size(); ++i) {
    SourcePlan& source = mixture.sources[i];
    const uint64_t slots = epoch.slots_per_epoch(static_cast<uint32_t>(i));
    const uint64_t rows = std::min(parts[i].rows, parts[i].limit.value_or(parts[i].rows));
    const double passes = static_cast<double>(slots) / static_cast<double>(rows);
    text +=
        format("\n{:>6.2f} %  {}: {} rows, {} samples an epoch ({:.2f} passes)", 100 * source.share, source.dataset, rows, slots, passes);
    sources.push_back(
        Json{{"dataset", source.dataset}, {"share", source.share}, {"rows", rows}, {"samples_per_epoch", slots}, {"passes", passes}});
    source.dataset = fs::absolute(source.dataset).lexically_normal().lexically_proximate(folder).string();
  }
  write_file_atomically(out, to_json(mixture).dump(1) + "\n");
  [[maybe_unused]] const MixtureFile readable = read_mixture_file(out);
  report_stage(context,
               {{"out", command.out}, {"sources", std::move(sources)}, {"samples_per_epoch", epoch.batches_per_epoch() * command.batch}},
               text);
}

}  // namespace

void add_data_mix_command(CLI::App& data, CommandContext& context) {
  auto options = std::make_shared<MixCommand>();
  CLI::App* command =
      add_command(data, context, "mix", "Datasets and shares -> a mixture that a plan's source may name; nothing is copied");
  command->add_option("sources", options->sources, "FOLDER=SHARE, or FOLDER=SHARE:LIMIT for at most so many rows; shares are relative")
      ->required();
  command->add_option("--out", options->out, "The mixture's file")->required();
  command->add_option("--batch", options->batch, "Global batch for which an epoch is counted")->check(CLI::Range(1, 1'000'000));
  command->callback(
      [&context, options] { context.action = [&context, options] { run_stage(options->out, [&] { mix(*options, context); }); }; });
}

}  // namespace darkroom
