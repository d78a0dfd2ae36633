// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/columns/worker_pool.h"
#include "core/filter/metadata_column.h"

namespace darkroom {

struct RepeatCounts {
  uint64_t rows = 0;    ///< whose value occurs more than once
  uint32_t groups = 0;  ///< different values among them
  uint64_t empty = 0;   ///< rows without a value
};

/// Makes `<column>.repeat_rows` and `.repeat_of` of `<column>.hashes`: "each value once" then looks at those rows alone, in their order.
///
/// Groups are numbered by their first rows. Memory: 12 bytes a row, of 64 M rows at a time, and 16 for a row whose value occurs again.
RepeatCounts write_repeat_index(const std::filesystem::path& folder, MetadataColumn column, uint64_t rows, WorkerPool& pool);

}  // namespace darkroom
