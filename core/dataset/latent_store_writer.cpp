// SPDX-License-Identifier: Apache-2.0
// A shard is the unit of everything: of durability, of resuming, and of work given to a device. Nothing is appended to a file in place.
#include <algorithm>
#include <set>
#include <stdexcept>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/dataset/half.h"
#include "core/dataset/latent_index.h"
#include "core/dataset/latent_store.h"
#include "core/dataset/npy.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

std::string difference(const LatentRecipe& there, const LatentRecipe& wanted) {
  const Json a = to_json(there);
  const Json b = to_json(wanted);
  for (const auto& [key, value] : a.items()) {
    if (b.at(key) != value) {
      return format("{} {} instead of {}", key, value.dump(), b.at(key).dump());
    }
  }
  return {};
}

void add_sums(LatentShardIndex& index, const LatentRecipe& recipe, std::span<const uint16_t> latents) {
  const auto channels = static_cast<size_t>(recipe.shape[0]);
  const auto plane = static_cast<size_t>(recipe.shape[1] * recipe.shape[2]);
  index.sum.assign(channels, 0.0);
  index.sum_squares.assign(channels, 0.0);
  for (size_t i = 0; i < latents.size(); ++i) {
    const double value = half_to_float(latents[i]);
    index.sum[i / plane % channels] += value;
    index.sum_squares[i / plane % channels] += value * value;
  }
}

}  // namespace

LatentStoreWriter::LatentStoreWriter(fs::path folder, LatentRecipe recipe) : folder_(std::move(folder)), recipe_(std::move(recipe)) {
  if (recipe_.numel() < 1) {
    throw std::invalid_argument("[LatentStoreWriter] the latent shape must be positive");
  }
  fs::create_directories(folder_);
  const fs::path recipe_file = folder_ / latent_recipe_name;
  if (fs::exists(recipe_file)) {
    const LatentRecipe there = latent_recipe_from_json(read_json_file(recipe_file), recipe_file.string());
    if (there != recipe_) {
      fail(ErrorCode::busy, "{}: holds latents made otherwise ({}). Give another --out, or delete this folder to encode anew.",
           folder_.string(), difference(there, recipe_));
    }
  } else {
    write_file_atomically(recipe_file, to_json(recipe_).dump(1) + "\n");
  }
  std::set<std::string> known{latent_recipe_name};
  for (const int number : complete_shards(folder_)) {
    const fs::path index_file = folder_ / latent_index_name(number);
    shards_.emplace_back(number, latent_shard_index_from_json(read_json_file(index_file), index_file.string(), recipe_.shape[0]));
    known.insert(latent_index_name(number));
    known.insert(latent_shard_name(number));
  }
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("latents") && !known.contains(name)) {
      fs::remove(entry.path());  // of a run that was killed
    }
  }
}

void LatentStoreWriter::remove_shard(int number) {
  fs::remove(folder_ / latent_index_name(number));  // first: from now on the rest is a leftover
  sync_directory(folder_);
  fs::remove(folder_ / latent_shard_name(number));
  std::erase_if(shards_, [&](const auto& shard) { return shard.first == number; });
}

void LatentStoreWriter::keep_rows(int number, const std::vector<uint32_t>& rows, std::vector<DroppedLatent> dropped) {
  const auto found = std::find_if(shards_.begin(), shards_.end(), [&](const auto& shard) { return shard.first == number; });
  if (found == shards_.end()) {
    throw std::invalid_argument(format("[LatentStoreWriter::keep_rows] there is no shard {}", number));
  }
  if (!rows.empty() || !dropped.empty()) {
    const auto count = static_cast<size_t>(recipe_.numel());
    LatentShardIndex kept{.rows = {}, .dropped = std::move(dropped), .sum = {}, .sum_squares = {}};
    std::vector<uint16_t> latents(rows.size() * count);
    if (!rows.empty()) {
      const fs::path data_file = folder_ / latent_shard_name(number);
      const MappedFile map(data_file);
      const NpyHeader header = parse_npy_header(map.bytes(), data_file.string());
      check_latent_shard(header, recipe_, found->second.rows.size(), map.bytes().size(), data_file);
      for (size_t i = 0; i < rows.size(); ++i) {
        const std::byte* from = map.bytes().data() + header.data_offset + rows[i] * count * sizeof(uint16_t);
        std::copy_n(from, count * sizeof(uint16_t), reinterpret_cast<std::byte*>(latents.data() + i * count));
        kept.rows.push_back(found->second.rows.at(rows[i]));
      }
    }
    const int free = free_numbers(1).front();
    write_shard(free, kept, latents);
    shards_.emplace_back(free, std::move(kept));
  }
  remove_shard(number);
}

std::vector<int> LatentStoreWriter::free_numbers(size_t count) const {
  std::set<int> used;
  for (const auto& [number, index] : shards_) {
    used.insert(number);
  }
  std::vector<int> numbers;
  for (int number = 0; numbers.size() < count; ++number) {
    if (!used.contains(number)) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

void LatentStoreWriter::write_shard(int number, LatentShardIndex index, std::span<const uint16_t> latents) const {
  if (latents.size() != index.rows.size() * static_cast<size_t>(recipe_.numel())) {
    throw std::invalid_argument(format("[LatentStoreWriter::write_shard] {} rows of {} values need {}, got {}", index.rows.size(),
                                       recipe_.numel(), index.rows.size() * static_cast<size_t>(recipe_.numel()), latents.size()));
  }
  add_sums(index, recipe_, latents);
  const fs::path data_file = folder_ / latent_shard_name(number);
  if (!index.rows.empty()) {
    fs::path temporary = data_file;
    temporary += ".tmp";
    const int64_t shape[] = {static_cast<int64_t>(index.rows.size()), recipe_.shape[0], recipe_.shape[1], recipe_.shape[2]};
    const std::string header = npy_header("<f2", shape);
    DurableFile file(temporary);
    file.reserve(header.size() + latents.size_bytes());
    file.write(header);
    file.write(std::as_bytes(latents));
    file.sync_and_close();
    rename_durably(temporary, data_file);
  }
  write_file_atomically(folder_ / latent_index_name(number), to_json(index).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace darkroom
