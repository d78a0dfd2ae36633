// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/base/format.h"
#include "core/dataset/latent_files.h"
#include "core/encode/encode_plan.h"
#include "core/encode/encode_recipe.h"

namespace darkroom {
namespace fs = std::filesystem;

EncodeSummary import_latents(const fs::path& dataset, const fs::path& files, const PartSource& vae_source, const EncodeOptions& options,
                             const ProgressSink& sink, const CancelToken& cancel) {
  const double started_s = monotonic_seconds();
  EncodeSummary summary;
  summary.recipe = checked_recipe(vae_source, options);
  summary.recipe.decoder.clear();  // nobody wrote down what decoded the pictures
  LatentStoreWriter store(dataset / "latents", summary.recipe);
  const MissingLatents missing = find_missing_latents(dataset, store);
  summary.skipped = missing.total - missing.pictures.size();
  std::vector<const WantedPicture*> there;
  std::vector<QuarantinedItem> absent;
  for (const WantedPicture& picture : missing.pictures) {
    const std::string name = latent_file_name(picture.key);
    if (fs::exists(files / name)) {
      there.push_back(&picture);
    } else {
      absent.push_back({.stage = encode_stage_name,
                        .source = picture.source,
                        .item = picture.key,
                        .reason = format("{} holds no {}", files.string(), name)});
    }
  }
  const auto rows = static_cast<size_t>(options.rows_per_shard);
  const std::vector<int> numbers = store.free_numbers((there.size() + rows - 1) / rows);
  ProgressMeter meter(sink, "read latents", there.size(), "files");
  for (size_t shard = 0; shard < numbers.size(); ++shard) {
    LatentShardIndex index;
    std::vector<uint16_t> latents;
    for (size_t i = shard * rows; i < std::min((shard + 1) * rows, there.size()); ++i) {
      cancel.check();
      const std::vector<uint16_t> latent = read_latent_file(files / latent_file_name(there[i]->key), summary.recipe);
      latents.insert(latents.end(), latent.begin(), latent.end());
      index.rows.push_back({.key = there[i]->key, .image_hash = there[i]->image_hash});
      meter.update(i + 1);
    }
    summary.encoded += index.rows.size();
    store.write_shard(numbers[shard], std::move(index), latents);
  }
  meter.finish();
  const LatentStore finished(dataset / "latents");
  summary.statistics = finished.statistics();
  summary.quarantined = quarantined_by(finished);
  summary.quarantined.insert(summary.quarantined.end(), absent.begin(), absent.end());
  replace_quarantined(dataset / quarantine_name, encode_stage_name, summary.quarantined);
  summary.seconds = monotonic_seconds() - started_s;
  return summary;
}

}  // namespace darkroom
