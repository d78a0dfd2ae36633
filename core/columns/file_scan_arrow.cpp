// SPDX-License-Identifier: Apache-2.0
#include "core/columns/file_scan.h"

namespace darkroom {

FileScan scan_footer(const ParquetFile& file) {
  FileScan scan;
  scan.group_rows = file.group_rows();
  scan.columns = metadata_fields(file.schema());
  scan.names = file.names();
  for (size_t field = 0; field < scan.names.size(); ++field) {
    scan.types.push_back(file.plain_type(static_cast<int>(field)));
  }
  if (scan.group_rows.empty()) {
    return scan;
  }
  for (const MetadataFields& fields : scan.columns) {
    for (const std::vector<int>* list : {&fields.numbers, &fields.texts}) {
      for (const int field : *list) {
        scan.work[fields.column] += file.bytes_of(0, field);
      }
    }
  }
  return scan;
}

}  // namespace darkroom
