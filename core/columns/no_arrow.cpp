// SPDX-License-Identifier: Apache-2.0
// A build without Arrow: caches that another build made can be opened, parquet files cannot.
#include "core/base/format.h"
#include "core/columns/column_import.h"
#include "core/columns/column_store_impl.h"
#include "core/columns/crossfilter.h"

namespace darkroom {
namespace {

[[noreturn]] void fail_without_arrow() {
  fail(ErrorCode::failed,
       "This program was built without Arrow and cannot open parquet files. Install the pyarrow wheel into the environment and build "
       "again.");
}

}  // namespace

StoreLayout import_columns(std::vector<SourceFile>, const std::filesystem::path&, const ImportOptions&, const ProgressSink&,
                           const CancelToken&) {
  fail_without_arrow();
}

struct ColumnStore::Impl::OpenFiles {};

std::shared_ptr<const ParquetFile> ColumnStore::Impl::open_file(size_t) { fail_without_arrow(); }
std::vector<RowTexts> ColumnStore::fetch_texts(std::span<const uint64_t>, std::span<const MetadataColumn>) const { fail_without_arrow(); }
RowValues ColumnStore::fetch_row(uint64_t) const { fail_without_arrow(); }

TextVerdicts scan_texts(const ColumnStore&, const ColumnRule&, unsigned, const ProgressSink&, const CancelToken&) { fail_without_arrow(); }

}  // namespace darkroom
