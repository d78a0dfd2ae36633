// SPDX-License-Identifier: Apache-2.0
// The columns of an ImageRecord in Arrow, for the writers of datasets and of parquet batches. For sources that are built with Arrow only.
#pragma once

#include <arrow/api.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/dataset/image_record.h"

namespace darkroom {

/// How the 77 ids lie: as `datasets` infers them from Python lists, or as the source run's parquet batches have them.
enum class TokenLists { variable, fixed };

/// image_key, caption, input_ids, attention_mask, source, width, height, category, image_hash, phash (16 hex digits, as COYO's), aesthetic,
/// checksum (record_checksum).
std::shared_ptr<arrow::Schema> record_schema(TokenLists lists, const std::vector<std::pair<std::string, std::string>>& metadata = {});

/// Collects records into batches of that schema.
class RecordBatchMaker {
 public:
  /// throws  Error{out_of_memory}
  RecordBatchMaker(TokenLists lists, const std::shared_ptr<arrow::Schema>& schema, int64_t rows);

  void append(const ImageRecord& record);
  int64_t rows() const { return rows_; }
  /// The records since the last call.
  std::shared_ptr<arrow::RecordBatch> take();

 private:
  TokenLists lists_;
  std::unique_ptr<arrow::RecordBatchBuilder> builder_;
  int64_t rows_ = 0;
};

}  // namespace darkroom
