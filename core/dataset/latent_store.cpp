// SPDX-License-Identifier: Apache-2.0
#include "core/dataset/latent_store.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>
#include <thread>

#include "core/base/format.h"
#include "core/dataset/latent_index.h"
#include "core/dataset/npy.h"

namespace darkroom {
namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "latents are stored as little-endian halves and read in place");

LatentStore::LatentStore(const fs::path& folder) {
  const fs::path recipe_file = folder / latent_recipe_name;
  if (!fs::exists(recipe_file)) {
    fail(ErrorCode::not_found, "{}: no latents here (there is no {}); `data encode` makes them", folder.string(), latent_recipe_name);
  }
  recipe_ = latent_recipe_from_json(read_json_file(recipe_file), recipe_file.string());
  sum_.assign(static_cast<size_t>(recipe_.shape[0]), 0.0);
  sum_squares_ = sum_;
  for (const int number : complete_shards(folder)) {
    const fs::path index_file = folder / latent_index_name(number);
    const fs::path data_file = folder / latent_shard_name(number);
    LatentShardIndex index = latent_shard_index_from_json(read_json_file(index_file), index_file.string(), recipe_.shape[0]);
    if (!index.rows.empty()) {
      MappedFile map(data_file);
      const NpyHeader header = parse_npy_header(map.bytes(), data_file.string());
      check_latent_shard(header, recipe_, index.rows.size(), map.bytes().size(), data_file);
      const auto shard = static_cast<uint32_t>(maps_.size());
      maps_.push_back(std::move(map));
      data_offsets_.push_back(header.data_offset);
      for (uint32_t row = 0; row < index.rows.size(); ++row) {
        places_.push_back({.shard = shard, .row = row});
        rows_.push_back(std::move(index.rows[row]));
      }
    }
    std::move(index.dropped.begin(), index.dropped.end(), std::back_inserter(dropped_));
    for (size_t c = 0; c < sum_.size(); ++c) {
      sum_[c] += index.sum[c];
      sum_squares_[c] += index.sum_squares[c];
    }
  }
  by_key_.reserve(rows_.size());
  for (uint64_t row = 0; row < rows_.size(); ++row) {
    if (!by_key_.emplace(rows_[row].key, row).second) {
      fail(ErrorCode::bad_input, "{}: the picture {} has two latents", folder.string(), rows_[row].key);
    }
  }
}

std::span<const uint16_t> LatentStore::latent(uint64_t row) const {
  const auto count = static_cast<size_t>(recipe_.numel());
  return row < held_rows_ ? std::span<const uint16_t>(held_.get() + row * count, count) : mapped(row);
}

uint64_t LatentStore::hold_in_memory(double fraction, int64_t threads) {
  if (!(fraction >= 0 && fraction <= 1) || threads < 1) {
    throw std::invalid_argument(format("[LatentStore::hold_in_memory] fraction {} of 0 … 1, threads {} from 1", fraction, threads));
  }
  const auto rows = static_cast<uint64_t>(std::llround(fraction * static_cast<double>(size())));
  const auto count = static_cast<size_t>(recipe_.numel());
  auto memory = std::make_unique_for_overwrite<uint16_t[]>(rows * count);
  const auto workers = std::min<uint64_t>(static_cast<uint64_t>(threads), std::max<uint64_t>(rows, 1));
  std::vector<std::thread> crew;
  crew.reserve(workers);
  for (uint64_t worker = 0; worker < workers; ++worker) {
    crew.emplace_back([this, &memory, rows, count, worker, workers] {
      for (uint64_t row = rows * worker / workers; row < rows * (worker + 1) / workers; ++row) {
        const std::span<const uint16_t> latent = mapped(row);
        std::copy(latent.begin(), latent.end(), memory.get() + row * count);
      }
    });
  }
  for (std::thread& thread : crew) {
    thread.join();
  }
  held_ = std::move(memory);
  held_rows_ = rows;
  return rows;
}

std::span<const uint16_t> LatentStore::mapped(uint64_t row) const {
  const Place place = places_.at(row);
  const auto count = static_cast<size_t>(recipe_.numel());
  const std::byte* data = maps_[place.shard].bytes().data() + data_offsets_[place.shard];
  return {reinterpret_cast<const uint16_t*>(data) + place.row * count, count};
}

std::optional<uint64_t> LatentStore::find(std::string_view key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? std::nullopt : std::optional(found->second);
}

LatentStatistics LatentStore::statistics() const {
  LatentStatistics result{.mean = {}, .std = {}, .count = size()};
  const auto values = static_cast<double>(size()) * static_cast<double>(recipe_.shape[1] * recipe_.shape[2]);
  for (size_t c = 0; c < sum_.size(); ++c) {
    const double mean = values > 0 ? sum_[c] / values : 0;
    result.mean.push_back(mean);
    result.std.push_back(values > 0 ? std::sqrt(std::max(sum_squares_[c] / values - mean * mean, 0.0)) : 0);
  }
  return result;
}

}  // namespace darkroom
