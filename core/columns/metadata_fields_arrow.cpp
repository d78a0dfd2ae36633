// SPDX-License-Identifier: Apache-2.0
#include "core/columns/metadata_fields.h"

#include <arrow/type.h>
#include <arrow/type_traits.h>

#include <algorithm>

namespace darkroom {
namespace {

bool holds_numbers(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || arrow::is_floating(type.id()) || arrow::is_decimal(type.id()) || type.id() == arrow::Type::BOOL;
}

}  // namespace

std::vector<MetadataFields> metadata_fields(const arrow::Schema& schema) {
  std::vector<MetadataFields> found;
  const std::vector<std::string> names = schema.field_names();
  for (const MetadataColumnInfo& info : metadata_columns()) {
    MetadataFields fields{.column = info.column, .numbers = {}, .texts = {}};
    for (const size_t index : find_metadata_columns(info.column, names)) {
      const int field = static_cast<int>(index);
      (info.number && holds_numbers(*schema.field(field)->type()) ? fields.numbers : fields.texts).push_back(field);
    }
    if (!fields.numbers.empty() || !fields.texts.empty()) {
      found.push_back(std::move(fields));
    }
  }
  return found;
}

const MetadataFields* find_fields(std::span<const MetadataFields> known, MetadataColumn column) {
  const auto found = std::find_if(known.begin(), known.end(), [column](const MetadataFields& fields) { return fields.column == column; });
  return found == known.end() ? nullptr : &*found;
}

}  // namespace darkroom
