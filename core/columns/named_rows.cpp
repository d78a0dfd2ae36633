// SPDX-License-Identifier: Apache-2.0
#include "core/columns/named_rows.h"

#include <algorithm>
#include <mutex>
#include <unordered_set>

#include "core/columns/column_data.h"
#include "core/columns/text_hash.h"

namespace darkroom {

std::vector<uint64_t> rows_named(const ColumnStore& store, const std::vector<std::string>& names, WorkerPool& pool) {
  constexpr uint64_t block_rows = 32'768;
  constexpr uint64_t slots = 1 << 18;
  std::vector<uint64_t> rows;
  if (names.empty()) {
    return rows;
  }
  std::vector<bool> maybe(slots);  // most rows are ruled out by one bit
  std::unordered_set<uint64_t> hashes;
  for (const std::string& name : names) {
    const uint64_t hash = text_hash(name);
    hashes.insert(hash);
    maybe[hash % slots] = true;
  }
  std::mutex mutex;
  pool.run_blocks(store.rows(), block_rows, [&](uint64_t first, uint64_t count) {
    std::vector<uint64_t> found;
    for (const MetadataColumn column : {MetadataColumn::url, MetadataColumn::key}) {
      const uint64_t* const all = store.data().of(column).hashes;
      for (uint64_t row = first; all != nullptr && row < first + count; ++row) {
        if (maybe[all[row] % slots] && hashes.contains(all[row])) {
          found.push_back(row);
        }
      }
    }
    const std::lock_guard lock(mutex);
    rows.insert(rows.end(), found.begin(), found.end());
  });
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

}  // namespace darkroom
