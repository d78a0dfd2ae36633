// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arrow/type_fwd.h>

#include <span>
#include <vector>

#include "core/filter/metadata_column.h"

namespace darkroom {

/// Which fields of a file make one column, each list the best first.
struct MetadataFields {
  MetadataColumn column = MetadataColumn::url;
  std::vector<int> numbers;
  std::vector<int> texts;
};

/// The fields of a schema that make the columns of known meaning; a column that has none is left out.
std::vector<MetadataFields> metadata_fields(const arrow::Schema& schema);

/// Null where no field makes the column.
const MetadataFields* find_fields(std::span<const MetadataFields> known, MetadataColumn column);

}  // namespace darkroom
