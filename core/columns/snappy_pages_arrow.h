// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parquet/column_reader.h>

#include <memory>

namespace darkroom {

/// Pages of a column chunk that Snappy packed, unpacked by unpack_snappy(). A page is good until the next.
///
/// pages  a reader that was told that the pages are not packed, and gives them as they lie in the file
std::unique_ptr<parquet::PageReader> unpacked_pages(std::unique_ptr<parquet::PageReader> pages);

}  // namespace darkroom
