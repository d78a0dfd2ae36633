// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arrow/io/interfaces.h>
#include <parquet/metadata.h>

#include "core/columns/parquet_file.h"

namespace darkroom {

struct ParquetFile::Source {
  std::shared_ptr<arrow::io::RandomAccessFile> file;
  int64_t bytes = 0;
  std::shared_ptr<parquet::FileMetaData> metadata;
  std::vector<std::vector<int>> leaves;  ///< of each field

  const std::vector<int>& leaves_of(int field) const { return leaves.at(static_cast<size_t>(field)); }
};

}  // namespace darkroom
