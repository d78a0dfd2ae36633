// SPDX-License-Identifier: Apache-2.0
// For sources that are built with Arrow only.
#pragma once

#include <parquet/arrow/reader.h>

#include <filesystem>
#include <memory>

namespace darkroom {

/// Opens a parquet file and reads its description.
/// throws  Error{not_found | bad_input} naming the file
std::unique_ptr<parquet::arrow::FileReader> open_parquet(const std::filesystem::path& file);

}  // namespace darkroom
