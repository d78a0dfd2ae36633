// SPDX-License-Identifier: Apache-2.0
// A build without Arrow: datasets are neither read nor written.
#include "core/base/format.h"
#include "core/dataset/arrow_dataset.h"
#include "core/dataset/parquet_records.h"

namespace darkroom {
namespace {

[[noreturn]] void fail_without_arrow() {
  fail(ErrorCode::failed,
       "This engine was built without Arrow and cannot open datasets. Install the pyarrow wheel into the environment and build again.");
}

}  // namespace

struct ArrowDataset::Impl {};
struct ArrowDatasetWriter::Impl {};

ArrowDataset::ArrowDataset(const std::filesystem::path&) { fail_without_arrow(); }
ArrowDataset::ArrowDataset(std::unique_ptr<Impl>) { fail_without_arrow(); }
ArrowDataset::~ArrowDataset() = default;
ArrowDataset::ArrowDataset(ArrowDataset&&) noexcept = default;
ArrowDataset& ArrowDataset::operator=(ArrowDataset&&) noexcept = default;
const std::filesystem::path& ArrowDataset::path() const { fail_without_arrow(); }
uint64_t ArrowDataset::size() const { fail_without_arrow(); }
std::vector<std::string> ArrowDataset::columns() const { fail_without_arrow(); }
bool ArrowDataset::has(std::string_view) const { fail_without_arrow(); }
std::string_view ArrowDataset::text(std::string_view, uint64_t) const { fail_without_arrow(); }
int64_t ArrowDataset::integer(std::string_view, uint64_t, int64_t) const { fail_without_arrow(); }
double ArrowDataset::number(std::string_view, uint64_t, double) const { fail_without_arrow(); }
std::span<const int32_t> ArrowDataset::int32_list(std::string_view, uint64_t) const { fail_without_arrow(); }
void ArrowDataset::read_integer_list(std::string_view, uint64_t, std::vector<int32_t>&) const { fail_without_arrow(); }
std::string ArrowDataset::column_type(std::string_view) const { fail_without_arrow(); }

ArrowDatasetWriter::ArrowDatasetWriter(std::filesystem::path, const std::vector<std::pair<std::string, std::string>>&, uint64_t) {
  fail_without_arrow();
}
ArrowDatasetWriter::~ArrowDatasetWriter() = default;
void ArrowDatasetWriter::append(const ImageRecord&) { fail_without_arrow(); }
uint64_t ArrowDatasetWriter::rows() const { fail_without_arrow(); }
void ArrowDatasetWriter::finish() { fail_without_arrow(); }

struct ParquetRecordReader::Impl {};
struct ParquetRecordWriter::Impl {};

ParquetRecordReader::ParquetRecordReader(const std::filesystem::path&) { fail_without_arrow(); }
ParquetRecordReader::~ParquetRecordReader() = default;
uint64_t ParquetRecordReader::rows() const { fail_without_arrow(); }
const ArrowDataset* ParquetRecordReader::next() { fail_without_arrow(); }

ParquetRecordWriter::ParquetRecordWriter(std::filesystem::path) { fail_without_arrow(); }
ParquetRecordWriter::~ParquetRecordWriter() = default;
void ParquetRecordWriter::append(const ImageRecord&) { fail_without_arrow(); }
uint64_t ParquetRecordWriter::rows() const { fail_without_arrow(); }
void ParquetRecordWriter::finish() { fail_without_arrow(); }

}  // namespace darkroom
