// SPDX-License-Identifier: Apache-2.0
// Images -> VAE -> latents/: the stage that turns pictures into what the trainer reads.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"
#include "core/dataset/latent_store.h"
#include "core/dataset/quarantine.h"
#include "core/model/part_source.h"

namespace darkroom {

struct EncodeOptions {
  int image_size = 512;                             ///< side of the square crop, px; a multiple of the VAE's down-scale
  std::vector<torch::Device> devices{torch::kCPU};  ///< each takes whole shards of latents
  torch::ScalarType dtype = torch::kFloat32;        ///< of the VAE's arithmetic
  int64_t batch = 8;                                ///< images a forward pass
  int64_t rows_per_shard = 512;                     ///< also what a killed run loses at most, a device
  int decode_threads = 0;                           ///< 0: one a core
  double min_std = 5;                               ///< of the crop's values, 0…127.5: flatter pictures are dropped
  double min_mean = 2;                              ///< darker pictures are dropped
  double max_mean = 253;                            ///< lighter pictures are dropped
};

struct EncodeSummary {
  uint64_t encoded = 0;         ///< in this run
  uint64_t skipped = 0;         ///< were encoded by an earlier run
  double seconds = 0;           ///< of this run
  double vae_seconds = 0;       ///< of them in the VAE; with several devices their mean
  LatentStatistics statistics;  ///< of all stored latents
  LatentRecipe recipe;
  std::vector<QuarantinedItem> quarantined;  ///< pictures of the dataset without a latent, of all runs
};

/// Encodes every picture of a dataset folder: decode, centre crop, resize, VAE, posterior mean x scaling factor, fp16. What was left out is
/// put into the dataset's quarantine.jsonl.
///
/// Four steps run side by side: the system reads the tar ahead, threads decode and crop, the device encodes batches, and the shard before
/// is written. A picture is encoded once for (file bytes, crop, size, VAE): an edited one is encoded again and nothing else is, the latents
/// of pictures that are not in the dataset any more go. Killed at any moment and run again, it ends with the same bytes.
///
/// dataset  with Arrow splits (build_arrow), or one without splits
/// shards   the tars that the dataset was made from
/// vae      where the VAE lies
/// throws   Error{bad_input}: a size that the VAE cannot take, a picture that changed since it was tokenised, a row whose caption, key and
///          picture do not belong together; Error{busy}: the folder holds latents of another VAE, size or limits; Error{not_found}: a shard
///          that the dataset names is not among `shards`; Error{cancelled}
EncodeSummary encode_latents(const std::filesystem::path& dataset, const std::vector<std::filesystem::path>& shards, const PartSource& vae,
                             const EncodeOptions& options, const ProgressSink& sink, const CancelToken& cancel);

/// Takes latents that were encoded before, one file a picture (latent_files.h), into the dataset folder: nothing is decoded.
///
/// files   the folder; pictures without a file in it are put into quarantine.jsonl
/// vae     the one that the latents were made with: what they are taken for
/// throws  Error{bad_input} naming a file of another shape or with values that are not finite; else as encode_latents
EncodeSummary import_latents(const std::filesystem::path& dataset, const std::filesystem::path& files, const PartSource& vae,
                             const EncodeOptions& options, const ProgressSink& sink, const CancelToken& cancel);

}  // namespace darkroom
