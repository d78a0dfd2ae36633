// SPDX-License-Identifier: Apache-2.0
#include "core/engine/encode_stage.h"

#include <filesystem>

#include "core/base/format.h"
#include "core/dataset/arrow_dataset.h"
#include "core/dataset/dataset_card.h"
#include "core/dataset/training_set.h"
#include "core/engine/device_list.h"
#include "core/model/model_folder.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

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

// {"tokenize": 3, "encode": 1}
Json quarantine_counts(const std::vector<QuarantinedItem>& items) {
  Json counts = Json::object();
  for (const QuarantinedItem& item : items) {
    counts[item.stage] = counts.value(item.stage, uint64_t{0}) + 1;
  }
  return counts;
}

double images_per_s(const EncodeSummary& encode) { return encode.seconds > 0 ? static_cast<double>(encode.encoded) / encode.seconds : 0; }

double vae_share(const EncodeSummary& encode) { return encode.seconds > 0 ? encode.vae_seconds / encode.seconds : 0; }

}  // namespace

void add_encode_options(CLI::App& command, EncodeArguments& arguments) {
  command.add_option("--model", arguments.model, "Model whose VAE makes the latents: pocket, or a folder")->required();
  command.add_option("--vae", arguments.vae, "VAE instead of the model's own");
  command.add_option("--size", arguments.size, "Side of the square crop, px; 0: what the model was made for")->check(CLI::Range(0, 4096));
  command.add_option("--devices", arguments.devices, "Devices that encode, with commas: cpu, cuda:0,cuda:1, auto");
  command.add_option("--dtype", arguments.dtype, "Arithmetic of the VAE")->check(CLI::IsMember({"fp32", "bf16"}));
  command.add_option("--batch", arguments.options.batch, "Pictures a forward pass")->check(CLI::Range(1, 4096));
  command.add_option("--shard-rows", arguments.options.rows_per_shard, "Latents a file; a killed run loses at most so many")
      ->check(CLI::Range(1, 1'000'000));
  command.add_option("--decode-threads", arguments.options.decode_threads, "Threads that decode and crop; 0: one a core")
      ->check(CLI::Range(0, 1024));
  command.add_option("--min-std", arguments.options.min_std, "Flatter pictures are left out: spread of the values, 0 to 127.5");
  command.add_option("--min-mean", arguments.options.min_mean, "Darker pictures are left out: mean of the values, 0 to 255");
  command.add_option("--max-mean", arguments.options.max_mean, "Lighter pictures are left out: mean of the values, 0 to 255");
}

PartSource resolve_vae(EncodeArguments& arguments) {
  PartOverrides overrides;
  if (!arguments.vae.empty()) {
    overrides.vae = arguments.vae;
  }
  const ModelPaths paths = resolve_model(arguments.model, WeightsChoice::ema, overrides);
  const PartSource& vae_source = paths.require_vae();
  arguments.options.image_size = arguments.size > 0 ? arguments.size : native_size(paths, read_vae_config(vae_source));
  arguments.options.devices = parse_devices(arguments.devices);
  arguments.options.dtype = arguments.dtype == "bf16" ? at::kBFloat16 : at::kFloat;
  return vae_source;
}

void finish_dataset(const fs::path& dataset, const std::vector<fs::path>& shards, const EncodeSummary& encode,
                    const EncodeOptions& options) {
  Json files = Json::array();
  for (const fs::path& shard : shards) {
    files.push_back(Json{{"file", shard.filename().string()}, {"bytes", fs::file_size(shard)}});
  }
  DatasetCard card;
  card.image_size = encode.recipe.image_size;
  const std::vector<std::string> splits = dataset_splits(dataset);
  for (const std::string& split : splits) {
    card.splits[split] = ArrowDataset(dataset / split).size();
  }
  if (splits.empty()) {
    card.splits["train"] = ArrowDataset(dataset).size();
  }
  card.latents = encode.statistics.count;
  card.quarantined = read_quarantine(dataset / quarantine_name).size();
  card.latent_recipe = encode.recipe;
  card.latent_statistics = encode.statistics;
  card.recipe = Json{{"shards", std::move(files)}, {"rows", arrow_recipe(dataset)}};
  if (!shards.empty()) {  // imported latents were chosen by nobody here
    card.recipe.update(Json{{"min_std", options.min_std}, {"min_mean", options.min_mean}, {"max_mean", options.max_mean}});
  }
  write_dataset_card(dataset, card);
  [[maybe_unused]] const TrainingSet opened(dataset, "train");
}

Json encode_fields(const fs::path& dataset, const EncodeSummary& encode) {
  return Json{{"dataset", fs::absolute(dataset).lexically_normal().string()},
              {"image_size", encode.recipe.image_size},
              {"latent_shape", encode.recipe.shape},
              {"latents", encode.statistics.count},
              {"encoded", encode.encoded},
              {"encode_skipped", encode.skipped},
              {"encode_seconds", encode.seconds},
              {"images_per_s", images_per_s(encode)},
              {"vae_share", vae_share(encode)},
              {"quarantined", quarantine_counts(read_quarantine(dataset / quarantine_name))},
              {"latent_mean", encode.statistics.mean},
              {"latent_std", encode.statistics.std},
              {"remarks", latent_scale_remarks(encode.statistics, encode.recipe.scaling_factor)}};
}

std::string encode_text(const EncodeSummary& encode) {
  std::string text = format("{} latents of {}x{}x{}, {} pictures encoded in {:.1f} s ({:.1f} a second, {:.0f} % of the time in the VAE)",
                            encode.statistics.count, encode.recipe.shape[0], encode.recipe.shape[1], encode.recipe.shape[2], encode.encoded,
                            encode.seconds, images_per_s(encode), 100 * vae_share(encode));
  text += format("\nlatents by channel: mean {:.3f}, std {:.3f} (usual: a spread of about 1 over all channels)",
                 fmt::join(encode.statistics.mean, " "), fmt::join(encode.statistics.std, " "));
  for (const std::string& remark : latent_scale_remarks(encode.statistics, encode.recipe.scaling_factor)) {
    text += "\n" + remark;
  }
  if (encode.skipped > 0) {
    text += format("\n{} were encoded by an earlier run", encode.skipped);
  }
  return text;
}

}  // namespace darkroom
