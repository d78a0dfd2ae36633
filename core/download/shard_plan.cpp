// SPDX-License-Identifier: Apache-2.0
#include "core/download/shard_plan.h"

#include <algorithm>

#include "core/base/format.h"

namespace darkroom {
namespace {

int digits_of(uint64_t value) {
  int digits = 0;
  for (; value > 0; value /= 10) {
    ++digits;
  }
  return digits;
}

}  // namespace

ShardPlan::ShardPlan(std::span<const uint64_t> rows_of_inputs, uint64_t rows_per_shard, int shard_digits)
    : shard_digits_(shard_digits), row_digits_(digits_of(rows_per_shard - 1)) {
  for (size_t input = 0; input < rows_of_inputs.size(); ++input) {
    const uint64_t rows = rows_of_inputs[input];
    for (uint64_t first = 0; first < rows; first += rows_per_shard) {
      shards_.push_back({.number = shards_.size(), .input = input, .first_row = first, .rows = std::min(rows_per_shard, rows - first)});
    }
    rows_ += rows;
  }
  const int needed = shards_.empty() ? 0 : digits_of(shards_.size() - 1);
  if (needed > shard_digits) {
    fail(ErrorCode::usage, "{} rows make {} shards, whose numbers need --shard-digits {} (or more --rows-per-shard)", rows_, shards_.size(),
         needed);
  }
}

std::string ShardPlan::shard_name(uint64_t shard) const { return format("{:0{}}", shard, shard_digits_); }

std::string ShardPlan::key(uint64_t shard, uint64_t row) const {
  return row_digits_ == 0 ? shard_name(shard) : format("{:0{}}{:0{}}", shard, shard_digits_, row, row_digits_);
}

}  // namespace darkroom
