// SPDX-License-Identifier: Apache-2.0
// Latents on the disk: packed fp16 .npy shards, read through memory maps.
//
// latents/
//   latents.json               {"darkroom_latents": 1, "shape": [C, H, W], "dtype": "float16", "scaling_factor", "vae", "image_size",
//   "crop"} latents-00000.npy          numpy array "<f2" [n, C, H, W], C order; numpy.load reads it latents-00000.json         {"rows":
//   [["key", "image hash"], …], "dropped": [["key", "image hash", "reason"], …], "sum", "sum_squares"}
// A shard counts when its .json is there: both are written aside, synced and renamed, the .json last. Anything else is a leftover.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/json.h"
#include "core/base/mapped_file.h"

namespace darkroom {

/// What all latents of one folder have in common. Latents made otherwise never mix with them.
struct LatentRecipe {
  std::array<int64_t, 3> shape{};  ///< C, H, W
  double scaling_factor = 1;       ///< already applied to the stored values
  std::string vae;                 ///< hash of the VAE's weights
  int image_size = 0;              ///< side of the square crop, px
  std::string crop = "centre";
  std::string decoder;  ///< decoder_name() of core/image; empty: not known (imported, or made before it was recorded)

  int64_t numel() const { return shape[0] * shape[1] * shape[2]; }
  bool operator==(const LatentRecipe&) const = default;
};

Json to_json(const LatentRecipe& recipe);
LatentRecipe latent_recipe_from_json(const Json& json, std::string_view where);

/// One picture of a shard.
struct LatentRow {
  std::string key;         ///< image_key
  std::string image_hash;  ///< of the picture's file bytes
};

/// A picture that was looked at and not encoded.
struct DroppedLatent {
  std::string key;
  std::string image_hash;
  std::string reason;
};

/// What a shard's .json says.
struct LatentShardIndex {
  std::vector<LatentRow> rows;
  std::vector<DroppedLatent> dropped;
  std::vector<double> sum;          ///< per channel, over the stored fp16 values
  std::vector<double> sum_squares;  ///< likewise
};

/// Mean and standard deviation of the stored values, per channel.
struct LatentStatistics {
  std::vector<double> mean;
  std::vector<double> std;
  uint64_t count = 0;  ///< latents
};

/// What is unusual about them, as sentences; none when all is well.
///
/// The scaling factor of a VAE is chosen so that its latents spread by about 1 over all channels (0.18215 for SD 1.x). Pictures of one kind
/// lie off that by some tenths; a factor that was applied twice, or not at all, lies off it by several times.
std::vector<std::string> latent_scale_remarks(const LatentStatistics& statistics, double scaling_factor);

/// The latents of a folder, memory-mapped, or partly copied into memory. Reading is thread-safe.
class LatentStore {
 public:
  /// Maps every complete shard of `folder` and checks it: header, length, number of rows, no key twice.
  /// throws  Error{not_found | bad_input | io} naming the file and what was expected
  explicit LatentStore(const std::filesystem::path& folder);

  const LatentRecipe& recipe() const { return recipe_; }
  uint64_t size() const { return rows_.size(); }
  const std::string& key(uint64_t row) const { return rows_[row].key; }
  const std::string& image_hash(uint64_t row) const { return rows_[row].image_hash; }
  /// fp16 bit patterns [C*H*W], C order, scaled; valid as long as the store.
  std::span<const uint16_t> latent(uint64_t row) const;
  std::optional<uint64_t> find(std::string_view key) const;

  /// Copies the first round(fraction * size()) latents into this process's memory, so that reading them never waits for a disk. Not while
  /// others read.
  ///
  /// fraction  0 … 1; threads from 1
  /// returns   latents held
  /// throws    std::invalid_argument: fraction or threads outside; std::bad_alloc
  uint64_t hold_in_memory(double fraction, int64_t threads);

  const std::vector<DroppedLatent>& dropped() const { return dropped_; }
  LatentStatistics statistics() const;

 private:
  struct Place {
    uint32_t shard;
    uint32_t row;
  };

  std::span<const uint16_t> mapped(uint64_t row) const;

  LatentRecipe recipe_;
  std::vector<LatentRow> rows_;
  std::vector<Place> places_;
  std::unique_ptr<uint16_t[]> held_;  ///< the first held_rows_ latents
  uint64_t held_rows_ = 0;
  std::vector<DroppedLatent> dropped_;
  std::vector<MappedFile> maps_;
  std::vector<size_t> data_offsets_;  ///< of each map
  std::unordered_map<std::string_view, uint64_t> by_key_;
  std::vector<double> sum_;
  std::vector<double> sum_squares_;
};

/// Writes latents/: whole shards, each appearing at once. Different shards may be written by different threads.
class LatentStoreWriter {
 public:
  /// Opens or creates `folder`. An existing folder is read: its complete shards stay, leftovers are removed.
  /// throws  Error{busy} when it holds latents of another recipe, naming the difference
  LatentStoreWriter(std::filesystem::path folder, LatentRecipe recipe);

  const LatentRecipe& recipe() const { return recipe_; }
  /// The complete shards found at opening, by number.
  const std::vector<std::pair<int, LatentShardIndex>>& shards() const { return shards_; }
  /// Forgets a complete shard: removes its files. Its pictures can then be written anew.
  void remove_shard(int number);
  /// Writes the named rows of a complete shard, and `dropped` of it, under the smallest number that is not in use, and only then forgets
  /// the shard: killed in between, the rows stand in both. Without rows and dropped ones it is only forgotten.
  void keep_rows(int number, const std::vector<uint32_t>& rows, std::vector<DroppedLatent> dropped);
  /// The smallest numbers not in use, in order.
  std::vector<int> free_numbers(size_t count) const;

  /// Writes one shard durably. `latents` are index.rows.size() * numel() fp16 bit patterns; sums are computed here. Thread-safe for
  /// different numbers.
  /// throws  std::invalid_argument: sizes do not agree; Error{io}
  void write_shard(int number, LatentShardIndex index, std::span<const uint16_t> latents) const;

 private:
  std::filesystem::path folder_;
  LatentRecipe recipe_;
  std::vector<std::pair<int, LatentShardIndex>> shards_;
};

/// What the name says, for a shard's number: "latents-00012.npy".
std::string latent_shard_name(int number);

}  // namespace darkroom
