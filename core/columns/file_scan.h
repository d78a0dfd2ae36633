// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "core/columns/metadata_fields.h"
#include "core/columns/parquet_file.h"

namespace darkroom {

/// What the footer of a file says.
struct FileScan {
  std::vector<uint64_t> group_rows;
  std::vector<MetadataFields> columns;
  std::vector<std::string> names;
  std::vector<PlainType> types;             ///< of each field
  std::map<MetadataColumn, uint64_t> work;  ///< compressed bytes of each column in the first row group
};

FileScan scan_footer(const ParquetFile& file);

}  // namespace darkroom
