// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/columns/store_layout.h"

namespace darkroom {

/// Reads every column of known meaning from parquet files into the arrays of `folder` (store_layout.h), synced; the manifest is the
/// caller's to write.
///
/// A task is one column of one row group (of several small ones): threads read columns side by side. Memory does not grow with the number
/// of rows, but for the index of values that occur twice.
/// throws  as ColumnStore::open_or_import
StoreLayout import_columns(std::vector<SourceFile> files, const std::filesystem::path& folder, const ImportOptions& options,
                           const ProgressSink& sink, const CancelToken& cancel);

}  // namespace darkroom
