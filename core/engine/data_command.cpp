// SPDX-License-Identifier: Apache-2.0
#include "core/engine/data_command.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/dataset/dataset_card.h"
#include "core/dataset/training_set.h"
#include "core/encode/latent_encoder.h"
#include "core/engine/device_list.h"
#include "core/model/model_folder.h"
#include "core/pipeline/build_arrow.h"
#include "core/pipeline/tokenize_shards.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* quarantine_name = "quarantine.jsonl";

struct BuildOptions {
  std::vector<std::string> tars;
  std::string model;
  std::string vae;
  std::string out;
  int size = 0;  // 0: the model's
  std::string devices = "auto";
  std::string dtype = "fp32";
  TokenizeOptions tokenize;
  SplitOptions split;
  EncodeOptions encode;
};

// The side of the pictures that a model was made for, px.
int native_size(const ModelPaths& paths, const VaeConfig& vae) {
  if (paths.unet) {
    if (const std::optional<int64_t> side = read_unet_config(*paths.unet).sample_size) {
      return static_cast<int>(*side << (vae.block_out_channels.size() - 1));
    }
  }
  return static_cast<int>(vae.sample_size);
}

std::vector<torch::Device> parse_devices(const std::string& text) {
  std::vector<torch::Device> devices;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    devices.push_back(resolve_device(text.substr(at, end - at)));
    at = end + 1;
  }
  return devices;
}

std::vector<fs::path> sorted_shards(const std::vector<std::string>& tars) {
  std::vector<fs::path> shards(tars.begin(), tars.end());
  std::sort(shards.begin(), shards.end(), [](const fs::path& a, const fs::path& b) { return a.filename() < b.filename(); });
  return shards;
}

Json reasons_of(const std::vector<QuarantinedItem>& items) {
  std::map<std::string, uint64_t> counts;
  for (const QuarantinedItem& item : items) {
    ++counts[item.stage];
  }
  Json json = Json::object();
  for (const auto& [stage, count] : counts) {
    json[stage] = count;
  }
  return json;
}

DatasetCard make_card(const BuildOptions& options, const std::vector<fs::path>& shards, const BuildArrowSummary& arrow,
                      const EncodeSummary& encode, uint64_t quarantined) {
  Json files = Json::array();
  for (const fs::path& shard : shards) {
    files.push_back(Json{{"file", shard.filename().string()}, {"bytes", fs::file_size(shard)}});
  }
  DatasetCard card;
  card.image_size = options.encode.image_size;
  card.splits = {{"train", arrow.train_rows}, {"validation", arrow.validation_rows}};
  card.latents = encode.statistics.count;
  card.quarantined = quarantined;
  card.latent_recipe = encode.recipe;
  card.latent_statistics = encode.statistics;
  card.recipe = Json{{"command", "data build"},
                     {"shards", std::move(files)},
                     {"min_caption_chars", options.tokenize.min_caption_chars},
                     {"validation_share", options.split.validation_share},
                     {"validation_max", options.split.validation_max},
                     {"seed", options.split.seed},
                     {"min_std", options.encode.min_std},
                     {"min_mean", options.encode.min_mean},
                     {"max_mean", options.encode.max_mean}};
  return card;
}

std::string channels_text(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) {
    text += format("{}{:.3f}", text.empty() ? "" : " ", value);
  }
  return text;
}

void report(const BuildOptions& options, CommandContext& context, const TokenizeSummary& tokens, const BuildArrowSummary& arrow,
            const EncodeSummary& encode, const std::vector<QuarantinedItem>& quarantined) {
  const double rate = encode.seconds > 0 ? static_cast<double>(encode.encoded) / encode.seconds : 0;
  const Json fields{{"dataset", fs::absolute(options.out).lexically_normal().string()},
                    {"image_size", encode.recipe.image_size},
                    {"latent_shape", encode.recipe.shape},
                    {"train", arrow.train_rows},
                    {"validation", arrow.validation_rows},
                    {"shards_tokenized", tokens.shards_done},
                    {"shards_skipped", tokens.shards_skipped},
                    {"arrow_skipped", arrow.skipped},
                    {"latents", encode.statistics.count},
                    {"encoded", encode.encoded},
                    {"encode_skipped", encode.skipped},
                    {"encode_seconds", encode.seconds},
                    {"images_per_s", rate},
                    {"quarantined", reasons_of(quarantined)},
                    {"latent_mean", encode.statistics.mean},
                    {"latent_std", encode.statistics.std}};
  std::string text =
      format("{}: {} captions to train on, {} to validate, {} latents of {}x{}x{}", options.out, arrow.train_rows, arrow.validation_rows,
             encode.statistics.count, encode.recipe.shape[0], encode.recipe.shape[1], encode.recipe.shape[2]);
  text += format("\nlatents by channel: mean {}, std {}", channels_text(encode.statistics.mean), channels_text(encode.statistics.std));
  text += format("\nencoded {} pictures in {:.1f} s ({:.1f} a second)", encode.encoded, encode.seconds, rate);
  if (tokens.shards_skipped > 0 || arrow.skipped || encode.skipped > 0) {
    text += format("\nskipped, as an earlier run did it: {} of {} shards tokenised{}, {} pictures encoded", tokens.shards_skipped,
                   tokens.shards_done + tokens.shards_skipped, arrow.skipped ? ", the Arrow files" : "", encode.skipped);
  }
  if (!quarantined.empty()) {
    text += format("\nleft out: {} items; {} says why", quarantined.size(), (fs::path(options.out) / quarantine_name).string());
  }
  context.output.done(fields, text);
}

void build(BuildOptions& options, CommandContext& context) {
  PartOverrides overrides;
  if (!options.vae.empty()) {
    overrides.vae = options.vae;
  }
  const ModelPaths paths = resolve_model(options.model, WeightsChoice::ema, overrides);
  const PartSource& vae_source = paths.require_vae();
  const VaeConfig vae = read_vae_config(vae_source);
  options.encode.image_size = options.size > 0 ? options.size : native_size(paths, vae);
  options.encode.devices = parse_devices(options.devices);
  options.encode.dtype = options.dtype == "bf16" ? at::kBFloat16 : at::kFloat;

  const fs::path out = options.out;
  const std::vector<fs::path> shards = sorted_shards(options.tars);
  const ProgressSink sink = context.output.sink();
  fs::create_directories(out);
  const TokenizeSummary tokens = tokenize_shards(shards, out / ".build" / "tokens", options.tokenize, sink, context.cancel);
  std::vector<QuarantinedItem> quarantined = tokens.quarantined;
  write_quarantine(out / quarantine_name, quarantined);
  const BuildArrowSummary arrow = build_arrow(tokens.folders, out, options.split, sink, context.cancel);
  const EncodeSummary encode = encode_latents(out, shards, vae_source, options.encode, sink, context.cancel);
  quarantined.insert(quarantined.end(), encode.quarantined.begin(), encode.quarantined.end());
  write_quarantine(out / quarantine_name, quarantined);
  write_dataset_card(out, make_card(options, shards, arrow, encode, quarantined.size()));
  // Opens as the trainer will open it: keys, hashes and lengths are checked.
  [[maybe_unused]] const TrainingSet opened(out, "train");
  report(options, context, tokens, arrow, encode, quarantined);
}

void build_or_stop(BuildOptions& options, CommandContext& context) {
  try {
    build(options, context);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::cancelled) {
      throw;
    }
    fail(ErrorCode::interrupted, "{}: stopped; what is finished stays. The same command goes on from there.", options.out);
  }
}

}  // namespace

void add_data_command(CLI::App& app, CommandContext& context) {
  CLI::App* data = app.add_subcommand("data", "Makes datasets");
  data->require_subcommand(1);
  add_data_filter_command(*data, context);
  add_data_shards_command(*data, context);
  CLI::App* command = add_command(*data, context, "build", "WebDataset tars -> tokens -> Arrow -> latents: a dataset folder to train on");
  auto options = std::make_shared<BuildOptions>();
  command->add_option("tars", options->tars, "Tars of pictures (jpg, png, webp) with captions (txt, or json with \"caption\")")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--model", options->model, "Model whose VAE makes the latents: pocket, or a folder")->required();
  command->add_option("--vae", options->vae, "VAE instead of the model's own");
  command->add_option("--out", options->out, "Dataset folder to make or to go on with")->required();
  command->add_option("--size", options->size, "Side of the square crop, px; 0: what the model was made for")->check(CLI::Range(0, 4096));
  command->add_option("--devices", options->devices, "Devices that encode, with commas: cpu, cuda:0,cuda:1, auto");
  command->add_option("--dtype", options->dtype, "Arithmetic of the VAE")->check(CLI::IsMember({"fp32", "bf16"}));
  command->add_option("--batch", options->encode.batch, "Pictures a forward pass")->check(CLI::Range(1, 4096));
  command->add_option("--shard-rows", options->encode.rows_per_shard, "Latents a file; a killed run loses at most so many")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--validation-share", options->split.validation_share, "Part of the captions kept for validation")
      ->check(CLI::Range(0.0, 0.5));
  command->add_option("--validation-max", options->split.validation_max, "Captions kept for validation at most");
  command->add_option("--seed", options->split.seed, "Of the choice of validation captions");
  command->add_option("--min-caption-chars", options->tokenize.min_caption_chars, "Shorter captions are left out, characters")
      ->check(CLI::Range(1, 100'000));
  command->add_option("--min-std", options->encode.min_std, "Flatter pictures are left out: spread of the values, 0 to 127.5");
  command->add_option("--min-mean", options->encode.min_mean, "Darker pictures are left out: mean of the values, 0 to 255");
  command->add_option("--max-mean", options->encode.max_mean, "Lighter pictures are left out: mean of the values, 0 to 255");
  command->callback([&context, options] { context.action = [&context, options] { build_or_stop(*options, context); }; });
}

}  // namespace darkroom
