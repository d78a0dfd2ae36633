// SPDX-License-Identifier: Apache-2.0
// A build without Arrow: metadata is neither read nor written.
#include "core/base/format.h"
#include "core/pipeline/metadata_file.h"

namespace darkroom {
namespace {

[[noreturn]] void fail_without_parquet() {
  fail(
      ErrorCode::failed,
      "This engine was built without Arrow and cannot open parquet files. Install the pyarrow wheel into the environment and build again.");
}

}  // namespace

struct MetadataReader::Impl {};
struct MetadataWriter::Impl {};

MetadataReader::MetadataReader(std::filesystem::path, std::span<const MetadataColumn>, MetadataRead, RowNames) { fail_without_parquet(); }
MetadataReader::~MetadataReader() = default;
uint64_t MetadataReader::rows() const { fail_without_parquet(); }
bool MetadataReader::next() { fail_without_parquet(); }
const FilterBatch& MetadataReader::batch() const { fail_without_parquet(); }

MetadataWriter::MetadataWriter(std::filesystem::path, const MetadataReader&) { fail_without_parquet(); }
MetadataWriter::~MetadataWriter() = default;
void MetadataWriter::append(const MetadataReader&, std::span<const RowVerdict>) { fail_without_parquet(); }
void MetadataWriter::finish() { fail_without_parquet(); }

}  // namespace darkroom
