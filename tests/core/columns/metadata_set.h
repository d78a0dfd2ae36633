// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QTemporaryDir>
#include <string>
#include <vector>

#include "core/columns/column_store.h"
#include "tests/core/columns/metadata_tables.h"
#include "tests/quiet_progress.h"

namespace darkroom::test {

using Tables = std::vector<TableOptions>;

/// A folder of parquet files (part-0.parquet …), and one for caches.
class MetadataSet {
 public:
  explicit MetadataSet(const Tables& tables) {
    std::filesystem::create_directories(root() / "set");
    for (size_t i = 0; i < tables.size(); ++i) {
      files.push_back(root() / "set" / ("part-" + std::to_string(i) + ".parquet"));
      write_table(files.back(), tables[i]);
    }
  }
  std::filesystem::path root() const { return folder_.path().toStdString(); }
  std::filesystem::path cache() const { return root() / "cache"; }
  std::shared_ptr<const ColumnStore> import(unsigned threads = 2) const {
    return ColumnStore::open_or_import(cache(), files, {.threads = threads}, quiet, {});
  }

  std::vector<std::filesystem::path> files;

 private:
  QTemporaryDir folder_;
};

}  // namespace darkroom::test
