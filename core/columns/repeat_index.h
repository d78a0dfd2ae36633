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
/// Groups are numbered by their first rows. Memory: 1 to 2 bytes a row and 32 for each whose value occurs again, of 8 M rows a
/// thread; and 16 for each such row of all.
RepeatCounts write_repeat_index(const std::filesystem::path& folder, MetadataColumn column, uint64_t rows, WorkerPool& pool);

}  // namespace darkroom
