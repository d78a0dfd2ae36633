// SPDX-License-Identifier: Apache-2.0
// What the trainer reads: captions and token ids joined with their latents by image_key.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/arrow_dataset.h"
#include "core/dataset/latent_store.h"

namespace darkroom {

/// One split of a dataset folder, ready to train on. Reading is thread-safe and copies nothing.
///
/// A row is a caption whose image_key has a latent; captions without one (pictures that were dropped) are counted and left out. Where both
/// sides know the picture's hash, it must agree: a caption never pairs with another picture.
class TrainingSet {
 public:
  /// folder  of interface.md section 5: dataset.json, train/, validation/, latents/
  /// split   "train" or "validation"
  /// throws  Error{not_found | bad_input} naming the file and what is wrong: no such split, ids that are not 77 long, an image_key that
  ///         stands twice, a caption and a latent of one key made from different pictures
  explicit TrainingSet(const std::filesystem::path& folder, const std::string& split = "train");

  uint64_t size() const { return rows_.size(); }
  std::string_view key(uint64_t i) const;
  std::string_view caption(uint64_t i) const;
  /// Empty when the dataset names none.
  std::string_view category(uint64_t i) const;
  /// int32 [77]
  std::span<const int32_t> ids(uint64_t i) const;
  /// int32 [77], 1 for start, text and end, 0 for padding
  std::span<const int32_t> mask(uint64_t i) const;
  /// fp16 bit patterns [C*H*W], C order, already multiplied by the scaling factor
  std::span<const uint16_t> latent(uint64_t i) const;

  /// LatentStore::hold_in_memory of the folder's latents.
  uint64_t hold_latents(double fraction, int64_t threads) { return latents_.hold_in_memory(fraction, threads); }

  /// C, H, W
  std::array<int64_t, 3> latent_shape() const { return latents_.recipe().shape; }
  const LatentRecipe& recipe() const { return latents_.recipe(); }
  const std::filesystem::path& folder() const { return folder_; }
  const std::string& split() const { return split_; }
  /// Captions that have no latent.
  uint64_t left_out() const { return captions_.size() - rows_.size(); }
  /// Hash over keys, ids and latent recipe in order: two sets that train alike have the same one. 16 hex digits.
  std::string fingerprint() const;

 private:
  struct Row {
    uint64_t caption;
    uint64_t latent;
  };

  std::filesystem::path folder_;
  std::string split_;
  ArrowDataset captions_;
  LatentStore latents_;
  std::vector<Row> rows_;
  bool has_category_ = false;
};

}  // namespace darkroom
