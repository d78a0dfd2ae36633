// SPDX-License-Identifier: Apache-2.0
// For sources that are built with Arrow only.
#pragma once

#include <arrow/api.h>

#include <memory>
#include <vector>

#include "core/download/url_table.h"

namespace darkroom {

struct UrlRows::Impl {
  std::shared_ptr<arrow::Table> kept;  ///< as it is written: the kept columns, caption where there is one, url
  std::shared_ptr<arrow::StringArray> urls;
  std::shared_ptr<arrow::StringArray> captions;  ///< null: there is no such column
  std::shared_ptr<arrow::StringArray> hashes;    ///< null: nothing is verified
};

/// The columns that a row of the parquet has behind those of the input, by name: key, status, error_message, width, height,
/// original_width, original_height, exif, and the hash.
std::vector<std::string> written_column_names(DigestKind hash);

}  // namespace darkroom
