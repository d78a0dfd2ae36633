// SPDX-License-Identifier: Apache-2.0
#include "tests/core/download/url_file.h"

#include <arrow/api.h>
#include <arrow/io/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>

#include <stdexcept>

namespace darkroom::test {
namespace {

constexpr int64_t rows_per_group = 7;

void check(const arrow::Status& status) {
  if (!status.ok()) {
    throw std::runtime_error(status.ToString());
  }
}

std::shared_ptr<arrow::Table> table_of(const std::filesystem::path& file) {
  const auto input = arrow::io::ReadableFile::Open(file.string());
  check(input.status());
  auto reader = parquet::arrow::OpenFile(*input, arrow::default_memory_pool());
  check(reader.status());
  return (*reader)->ReadTable().ValueOrDie();
}

}  // namespace

void write_url_file(const std::filesystem::path& file, const std::vector<UrlFileRow>& rows) {
  arrow::StringBuilder urls;
  arrow::StringBuilder captions;
  arrow::Int32Builder widths;
  arrow::DoubleBuilder scores;
  arrow::StringBuilder hashes;
  for (const UrlFileRow& row : rows) {
    check(row.url ? urls.Append(*row.url) : urls.AppendNull());
    check(row.caption ? captions.Append(*row.caption) : captions.AppendNull());
    check(widths.Append(640));
    check(scores.Append(row.aesthetic));
    check(row.md5.empty() ? hashes.AppendNull() : hashes.Append(row.md5));
  }
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (arrow::ArrayBuilder* builder : std::initializer_list<arrow::ArrayBuilder*>{&urls, &captions, &widths, &scores, &hashes}) {
    arrays.push_back(builder->Finish().ValueOrDie());
  }
  const auto schema =
      arrow::schema({arrow::field("URL", arrow::utf8()), arrow::field("TEXT", arrow::utf8()), arrow::field("width", arrow::int32()),
                     arrow::field("aesthetic", arrow::float64()), arrow::field("md5", arrow::utf8())});
  const auto output = arrow::io::FileOutputStream::Open(file.string());
  check(output.status());
  check(parquet::arrow::WriteTable(*arrow::Table::Make(schema, arrays), arrow::default_memory_pool(), *output, rows_per_group));
  check((*output)->Close());
}

std::vector<std::string> column_of(const std::filesystem::path& file, const std::string& name) {
  const auto column = table_of(file)->GetColumnByName(name);
  if (!column) {
    throw std::runtime_error(file.string() + " has no column " + name);
  }
  std::vector<std::string> texts;
  for (int64_t row = 0; row < column->length(); ++row) {
    const std::shared_ptr<arrow::Scalar> value = column->GetScalar(row).ValueOrDie();
    texts.push_back(value->is_valid ? value->ToString() : "");
  }
  return texts;
}

std::vector<std::string> columns_of(const std::filesystem::path& file) {
  std::vector<std::string> columns;
  const std::shared_ptr<arrow::Table> table = table_of(file);
  for (const auto& field : table->schema()->fields()) {
    columns.push_back(field->name() + ":" + field->type()->ToString());
  }
  return columns;
}

}  // namespace darkroom::test
