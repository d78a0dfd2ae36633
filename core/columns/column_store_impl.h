// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>

#include "core/base/mapped_file.h"
#include "core/columns/store_layout.h"

namespace darkroom {

class ParquetFile;

struct ColumnStore::Impl {
  std::filesystem::path folder;
  StoreLayout layout;
  std::vector<MappedFile> maps;
  ColumnData data;
  std::span<const uint64_t> group_starts;  ///< of all files, and the end
  std::vector<uint64_t> first_groups;      ///< of each file: index in group_starts
  std::vector<StoredFile> files;
  std::vector<StoredColumn> columns;
  uint64_t bytes = 0;

  struct OpenFiles;  // of fetching; made when it is first needed
  std::mutex open_mutex;
  std::shared_ptr<OpenFiles> open_files;
  /// A file of the set, as it was. Thread-safe. throws Error{not_found | bad_input}
  std::shared_ptr<const ParquetFile> open_file(size_t index);

  /// False when an array is missing or has another size than the layout says.
  bool map_arrays();
};

}  // namespace darkroom
