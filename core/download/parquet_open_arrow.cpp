// SPDX-License-Identifier: Apache-2.0
#include "core/download/parquet_open_arrow.h"

#include <arrow/io/api.h>
#include <parquet/exception.h>

#include "core/base/format.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

void check_opened(const arrow::Status& status, const fs::path& file) {
  if (status.IsOutOfMemory()) {
    fail(ErrorCode::out_of_memory, "{}: {}", file.string(), status.message());
  }
  if (!status.ok()) {
    fail(ErrorCode::bad_input, "{}: is no parquet file that can be read ({})", file.string(), status.message());
  }
}

}  // namespace

std::unique_ptr<parquet::arrow::FileReader> open_parquet(const fs::path& file) {
  if (!fs::exists(file)) {
    fail(ErrorCode::not_found, "{}: there is no such file", file.string());
  }
  try {
    const auto input = arrow::io::ReadableFile::Open(file.string());
    check_opened(input.status(), file);
    auto reader = parquet::arrow::OpenFile(*input, arrow::default_memory_pool());
    check_opened(reader.status(), file);
    return std::move(reader).ValueUnsafe();
  } catch (const parquet::ParquetException& error) {
    fail(ErrorCode::bad_input, "{}: is no parquet file that can be read ({})", file.string(), error.what());
  }
}

}  // namespace darkroom
