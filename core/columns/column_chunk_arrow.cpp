// SPDX-License-Identifier: Apache-2.0
#include "core/columns/column_chunk_arrow.h"

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include "core/base/format.h"
#include "core/columns/page_stream_arrow.h"
#include "core/columns/parquet_source_arrow.h"
#include "core/columns/snappy_pages_arrow.h"

namespace darkroom {
namespace {

// Old writers give lengths that miss some bytes of a dictionary page's header.
constexpr int64_t length_slack = 100;

const std::string& name_of(const ParquetFile& file, int field) { return file.schema().field(field)->name(); }

}  // namespace

void fail_reading(const ParquetFile& file, uint64_t group, int field, const std::string& what) {
  fail(ErrorCode::bad_input, "{}: column {} cannot be read in row group {} ({})", file.path().string(), name_of(file, field), group, what);
}

ColumnChunk open_chunk(const ParquetFile& file, uint64_t group, int field, const WantedRows* wanted) {
  try {
    const ParquetFile::Source& source = file.source();
    const int leaf = source.leaves_of(field)[0];
    const std::unique_ptr<parquet::ColumnChunkMetaData> chunk = source.metadata->RowGroup(static_cast<int>(group))->ColumnChunk(leaf);
    if (chunk->crypto_metadata() != nullptr) {
      throw parquet::ParquetException("it is encrypted");
    }
    int64_t begin = chunk->data_page_offset();
    if (chunk->has_dictionary_page() && chunk->dictionary_page_offset() > 0 && chunk->dictionary_page_offset() < begin) {
      begin = chunk->dictionary_page_offset();
    }
    const int64_t length = chunk->total_compressed_size();
    if (begin < 0 || length < 0 || begin > source.bytes || length > source.bytes - begin) {
      throw parquet::ParquetException("its bytes lie outside of the file");
    }
    const auto stream = std::make_shared<PageStream>(source.file, begin, std::min(begin + length + length_slack, source.bytes));
    const parquet::ColumnDescriptor* const descriptor = source.metadata->schema()->Column(leaf);
    const bool unpack = wanted == nullptr && chunk->compression() == parquet::Compression::SNAPPY;
    std::unique_ptr<parquet::PageReader> pages =
        parquet::PageReader::Open(stream, chunk->num_values(), unpack ? parquet::Compression::UNCOMPRESSED : chunk->compression(),
                                  parquet::default_reader_properties(), *descriptor);
    if (unpack) {
      pages = unpacked_pages(std::move(pages));
    }
    ColumnChunk open;
    if (wanted != nullptr) {
      open.watch = std::make_shared<PageWatch>();
      open.watch->wanted.assign(wanted->begin(), wanted->end());
      pages->set_data_page_filter([watch = open.watch, stream](const parquet::DataPageStats& page) {
        const uint64_t first = watch->next_begin;
        watch->next_begin += static_cast<uint64_t>(std::max(page.num_values, 0));
        const auto found = std::lower_bound(watch->wanted.begin(), watch->wanted.end(), first);
        if (found == watch->wanted.end() || *found >= watch->next_begin) {
          stream->skip_next();
          return true;
        }
        watch->begin = first;
        ++watch->pages;
        return false;
      });
    }
    open.reader = parquet::ColumnReader::Make(descriptor, std::move(pages));
    return open;
  } catch (const std::exception& error) {
    fail_reading(file, group, field, error.what());
  }
}

CastArrays::CastArrays(const ParquetFile& file, uint64_t group, int field, const std::shared_ptr<arrow::DataType>& type) {
  const auto check = [&](const arrow::Status& status) {
    if (status.IsOutOfMemory()) {
      fail(ErrorCode::out_of_memory, "{}: {}", file.path().string(), status.message());
    }
    if (!status.ok()) {
      fail_reading(file, group, field, status.message());
    }
  };
  try {
    const ParquetFile::Source& source = file.source();
    parquet::arrow::FileReaderBuilder builder;
    check(builder.Open(source.file, parquet::default_reader_properties(), source.metadata));
    std::unique_ptr<parquet::arrow::FileReader> reader;
    check(builder.Build(&reader));
    const arrow::Result<std::shared_ptr<arrow::Table>> table = reader->ReadRowGroup(static_cast<int>(group), source.leaves_of(field));
    check(table.status());
    check((*table)->ValidateFull());
    for (const std::shared_ptr<arrow::Array>& chunk : (*table)->column(0)->chunks()) {
      if (chunk->type()->Equals(type)) {
        arrays_.push_back(chunk);
        continue;
      }
      const arrow::Result<arrow::Datum> made = arrow::compute::Cast(chunk, type, arrow::compute::CastOptions::Unsafe(type));
      if (!made.ok()) {
        fail(ErrorCode::bad_input, "{}: column {} is {} and cannot be read as {}", file.path().string(), name_of(file, field),
             chunk->type()->ToString(), type->ToString());
      }
      arrays_.push_back(made->make_array());
    }
  } catch (const parquet::ParquetException& error) {
    fail_reading(file, group, field, error.what());
  }
}

CastArrays::Part CastArrays::next(size_t most) {
  while (array_ < arrays_.size() && in_array_ >= arrays_[array_]->length()) {
    ++array_;
    in_array_ = 0;
  }
  if (array_ >= arrays_.size()) {
    return {};
  }
  const arrow::Array& array = *arrays_[array_];
  const Part part{.array = &array, .first = in_array_, .rows = std::min(static_cast<int64_t>(most), array.length() - in_array_)};
  in_array_ += part.rows;
  return part;
}

}  // namespace darkroom
