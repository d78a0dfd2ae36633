// SPDX-License-Identifier: Apache-2.0
// Which rows make which shard, and how a picture is called in it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace darkroom {

/// Rows of one input that become one shard. A shard never spans two inputs.
struct ShardSpec {
  uint64_t number = 0;
  size_t input = 0;
  uint64_t first_row = 0;
  uint64_t rows = 0;
};

/// Numbers and keys as img2dataset makes them: the shard's number in `shard_digits`, then the row's in as many digits as rows_per_shard - 1
/// has.
class ShardPlan {
 public:
  /// rows_of_inputs  rows of each input, in order; empty ones make no shard
  /// throws  Error{usage} when the shards' numbers need more than `shard_digits`
  ShardPlan(std::span<const uint64_t> rows_of_inputs, uint64_t rows_per_shard, int shard_digits);

  const std::vector<ShardSpec>& shards() const { return shards_; }
  uint64_t rows() const { return rows_; }
  /// "00012": what its files are named after.
  std::string shard_name(uint64_t shard) const;
  /// "000120003": a picture's key.
  std::string key(uint64_t shard, uint64_t row) const;

 private:
  std::vector<ShardSpec> shards_;
  uint64_t rows_ = 0;
  int shard_digits_;
  int row_digits_;
};

}  // namespace darkroom
