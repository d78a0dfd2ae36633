// SPDX-License-Identifier: Apache-2.0
// What an ArrowDataset holds, for the sources that fill one: from a folder's files, or from a batch of a parquet file.
#pragma once

#include <arrow/api.h>

#include <algorithm>
#include <stdexcept>

#include "core/base/format.h"
#include "core/dataset/arrow_dataset.h"

namespace darkroom {

struct ArrowDataset::Impl {
  std::filesystem::path folder;
  std::shared_ptr<arrow::Schema> schema;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  std::vector<std::vector<std::shared_ptr<arrow::Array>>> arrays;  // batches, columns
  std::vector<uint64_t> ends;                                      // rows up to and with each batch

  struct Cell {
    const arrow::Array* array;
    int64_t row;
  };

  int column_index(std::string_view column) const {
    const int index = schema == nullptr ? -1 : schema->GetFieldIndex(std::string(column));
    if (index < 0) {
      fail(ErrorCode::bad_input, "{}: has no column \"{}\"; it has {}", folder.string(), column,
           schema == nullptr ? std::string("none") : format("{}", fmt::join(schema->field_names(), ", ")));
    }
    return index;
  }

  Cell cell(std::string_view column, uint64_t row) const {
    const auto index = static_cast<size_t>(column_index(column));
    const auto found = std::upper_bound(ends.begin(), ends.end(), row);
    if (found == ends.end()) {
      throw std::invalid_argument(format("[ArrowDataset] row {} of {}", row, ends.empty() ? 0 : ends.back()));
    }
    const auto batch = static_cast<size_t>(found - ends.begin());
    return {.array = arrays[batch][index].get(), .row = static_cast<int64_t>(batch == 0 ? row : row - ends[batch - 1])};
  }

  [[noreturn]] void fail_type(std::string_view column, const arrow::Array& array, std::string_view wanted) const {
    fail(ErrorCode::bad_input, "{}: column \"{}\" holds {}, expected {}", folder.string(), column, array.type()->ToString(), wanted);
  }

  /// A batch of the schema that is set; empty ones are passed over.
  void add(const std::shared_ptr<arrow::RecordBatch>& batch) {
    if (batch->num_rows() > 0) {
      batches.push_back(batch);
      arrays.push_back(batch->columns());
      ends.push_back((ends.empty() ? 0 : ends.back()) + static_cast<uint64_t>(batch->num_rows()));
    }
  }
};

}  // namespace darkroom
