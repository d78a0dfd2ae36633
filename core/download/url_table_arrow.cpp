// SPDX-License-Identifier: Apache-2.0
#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <parquet/exception.h>
#include <xxhash.h>

#include <algorithm>
#include <fstream>

#include "core/base/format.h"
#include "core/base/utf8.h"
#include "core/download/parquet_open_arrow.h"
#include "core/download/url_rows_arrow.h"
#include "core/filter/metadata_column.h"
#include "core/hub/lower_case.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr int64_t rows_per_batch = 16'384;
constexpr size_t description_bytes = size_t{64} << 10;

[[noreturn]] void fail_bad(const fs::path& file, const std::string& what) { fail(ErrorCode::bad_input, "{}: {}", file.string(), what); }

void check_table(const arrow::Status& status, const fs::path& file) {
  if (!status.ok()) {
    fail(status.IsOutOfMemory() ? ErrorCode::out_of_memory : ErrorCode::bad_input, "{}: {}", file.string(), status.message());
  }
}

template <typename T>
T take(arrow::Result<T> result, const fs::path& file) {
  check_table(result.status(), file);
  return std::move(result).ValueUnsafe();
}

// A value of any type for the json of a picture.
Json json_of_scalar(const arrow::Scalar& scalar) {
  if (!scalar.is_valid) {
    return nullptr;
  }
  if (scalar.type->id() == arrow::Type::BOOL) {
    return static_cast<const arrow::BooleanScalar&>(scalar).value;
  }
  if (arrow::is_unsigned_integer(scalar.type->id())) {
    const auto wide = scalar.CastTo(arrow::uint64());
    return wide.ok() ? Json(static_cast<const arrow::UInt64Scalar&>(**wide).value) : Json();
  }
  if (arrow::is_signed_integer(scalar.type->id())) {
    const auto wide = scalar.CastTo(arrow::int64());
    return wide.ok() ? Json(static_cast<const arrow::Int64Scalar&>(**wide).value) : Json();
  }
  if (arrow::is_floating(scalar.type->id())) {
    const auto wide = scalar.CastTo(arrow::float64());
    return wide.ok() ? Json(static_cast<const arrow::DoubleScalar&>(**wide).value) : Json();
  }
  if (arrow::is_base_binary_like(scalar.type->id())) {
    return valid_utf8(static_cast<const arrow::BaseBinaryScalar&>(scalar).value->ToString());
  }
  if (arrow::is_list_like(scalar.type->id())) {
    Json list = Json::array();
    const std::shared_ptr<arrow::Array>& values = static_cast<const arrow::BaseListScalar&>(scalar).value;
    for (int64_t i = 0; i < values->length(); ++i) {
      const auto value = values->GetScalar(i);
      list.push_back(value.ok() ? json_of_scalar(**value) : Json());
    }
    return list;
  }
  return valid_utf8(scalar.ToString());
}

// Which fields of a file become what.
struct ColumnPlan {
  struct Kept {
    int field;
    std::string name;
  };
  int url = -1;
  int caption = -1;
  int hash = -1;
  std::vector<Kept> kept;
};

}  // namespace

std::vector<std::string> written_column_names(DigestKind hash) {
  return {"key",
          "status",
          "error_message",
          "width",
          "height",
          "original_width",
          "original_height",
          "exif",
          std::string(digest_kind_name(hash))};
}

UrlRows::UrlRows(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
UrlRows::~UrlRows() = default;
UrlRows::UrlRows(UrlRows&&) noexcept = default;
UrlRows& UrlRows::operator=(UrlRows&&) noexcept = default;

std::optional<std::string_view> UrlRows::url(uint64_t row) const {
  const auto at = static_cast<int64_t>(row);
  return impl_->urls->IsNull(at) ? std::nullopt : std::optional(impl_->urls->GetView(at));
}

bool UrlRows::has_captions() const { return impl_->captions != nullptr; }

std::string UrlRows::caption(uint64_t row) const {
  const auto at = static_cast<int64_t>(row);
  return !has_captions() || impl_->captions->IsNull(at) ? std::string() : valid_utf8(impl_->captions->GetString(at));
}

std::string UrlRows::published_hash(uint64_t row) const {
  const auto at = static_cast<int64_t>(row);
  return impl_->hashes == nullptr || impl_->hashes->IsNull(at) ? std::string() : lower_case(impl_->hashes->GetString(at));
}

Json UrlRows::facts(uint64_t row) const {
  Json facts = Json::object();
  for (int i = 0; i < impl_->kept->num_columns(); ++i) {
    const auto value = impl_->kept->column(i)->GetScalar(static_cast<int64_t>(row));
    facts[impl_->kept->field(i)->name()] = value.ok() ? json_of_scalar(**value) : Json();
  }
  return facts;
}

struct UrlTable::Impl {
  Impl(fs::path path, const ColumnOptions& wanted) : file(std::move(path)), options(wanted), reader(open_parquet(file)) {
    check_table(reader->GetSchema(&schema), file);
    reader->set_batch_size(rows_per_batch);
    reader->set_use_threads(false);
    choose();
  }

  int named(const std::string& name, std::string_view option) const {
    for (int i = 0; i < schema->num_fields(); ++i) {
      if (lower_case(schema->field(i)->name()) == lower_case(name)) {
        return i;
      }
    }
    fail_bad(file, format("has no column {} ({}); it has {}", name, option, fmt::join(schema->field_names(), ", ")));
  }

  int by_meaning(MetadataColumn column) const {
    const std::vector<size_t> found = find_metadata_columns(column, schema->field_names());
    return found.empty() ? -1 : static_cast<int>(found.front());
  }

  void choose() {
    columns.url = options.url.empty() ? by_meaning(MetadataColumn::url) : named(options.url, "--url-column");
    if (columns.url < 0) {
      fail_bad(file, format("has no column url; it has {}. Name it with --url-column.", fmt::join(schema->field_names(), ", ")));
    }
    columns.caption = options.caption.empty() ? by_meaning(MetadataColumn::caption) : named(options.caption, "--caption-column");
    columns.hash = options.hash.empty() ? -1 : named(options.hash, "--verify-hash");
    std::vector<std::string> taken = written_column_names(options.hash_kind);
    taken.insert(taken.end(), {"url", "caption"});
    const auto keep = [&](int field) {
      const std::string& name = schema->field(field)->name();
      const bool is_taken = std::find(taken.begin(), taken.end(), name) != taken.end();
      columns.kept.push_back({field, is_taken ? "source_" + name : name});
    };
    if (options.keep == std::vector<std::string>{"all"}) {
      for (int i = 0; i < schema->num_fields(); ++i) {
        if (i != columns.url && i != columns.caption) {
          keep(i);
        }
      }
      return;
    }
    for (const std::string& name : options.keep) {
      keep(named(name, "--keep-columns"));
    }
  }

  // Opens the file at the row group that holds `row`.
  void open_at(uint64_t row) {
    std::vector<int> groups;
    uint64_t begin = 0;
    const auto description = reader->parquet_reader()->metadata();
    position = 0;
    for (int i = 0; i < reader->num_row_groups(); ++i) {
      const auto rows = static_cast<uint64_t>(description->RowGroup(i)->num_rows());
      if (begin + rows > row) {
        position = groups.empty() ? begin : position;
        groups.push_back(i);
      }
      begin += rows;
    }
    batches = take(reader->GetRecordBatchReader(groups), file);
    pending.reset();
  }

  std::shared_ptr<arrow::RecordBatch> next() {
    std::shared_ptr<arrow::RecordBatch> batch;
    try {
      const arrow::Status status = batches->ReadNext(&batch);
      if (!status.ok()) {
        fail_bad(file, format("cannot be read after row {} ({})", position, status.message()));
      }
    } catch (const parquet::ParquetException& error) {
      fail_bad(file, format("cannot be read after row {} ({})", position, error.what()));
    }
    if (!batch) {
      fail_bad(file, format("ends at row {}, before its description says", position));
    }
    check_table(batch->ValidateFull(), file);
    return batch;
  }

  // `position` is the row with which `pending`, or else the next batch, begins.
  std::vector<std::shared_ptr<arrow::RecordBatch>> read(uint64_t first, uint64_t count) {
    constexpr uint64_t far_rows = 200'000;
    if (!batches || first < position || first > position + far_rows) {
      open_at(first);
    }
    std::vector<std::shared_ptr<arrow::RecordBatch>> parts;
    while (count > 0) {
      const std::shared_ptr<arrow::RecordBatch> batch = pending ? std::exchange(pending, nullptr) : next();
      const auto rows = static_cast<uint64_t>(batch->num_rows());
      const uint64_t skipped = std::min(rows, first - position);
      const uint64_t taken = std::min(rows - skipped, count);
      if (taken > 0) {
        parts.push_back(batch->Slice(static_cast<int64_t>(skipped), static_cast<int64_t>(taken)));
      }
      if (skipped + taken < rows) {
        pending = batch->Slice(static_cast<int64_t>(skipped + taken));
      }
      position += skipped + taken;
      first += taken;
      count -= taken;
    }
    return parts;
  }

  std::shared_ptr<arrow::StringArray> texts(const arrow::Table& table, int field) const {
    const arrow::Result<arrow::Datum> cast = arrow::compute::Cast(table.column(field), arrow::utf8());
    if (!cast.ok()) {
      fail_bad(file,
               format("column {} is {} and cannot be read as text", table.field(field)->name(), table.field(field)->type()->ToString()));
    }
    const arrow::ChunkedArray& chunks = *cast->chunked_array();
    if (chunks.num_chunks() == 1) {
      return std::static_pointer_cast<arrow::StringArray>(chunks.chunk(0));
    }
    return std::static_pointer_cast<arrow::StringArray>(take(arrow::Concatenate(chunks.chunks()), file));
  }

  UrlRows rows(const std::vector<std::shared_ptr<arrow::RecordBatch>>& parts) const {
    const std::shared_ptr<arrow::Table> table = take(arrow::Table::FromRecordBatches(schema, parts), file);
    auto impl = std::make_unique<UrlRows::Impl>();
    impl->urls = texts(*table, columns.url);
    std::vector<std::shared_ptr<arrow::Field>> fields;
    std::vector<std::shared_ptr<arrow::ChunkedArray>> data;
    for (const ColumnPlan::Kept& kept : columns.kept) {
      fields.push_back(schema->field(kept.field)->WithName(kept.name));
      data.push_back(table->column(kept.field));
    }
    const auto add_text = [&](const char* name, const std::shared_ptr<arrow::StringArray>& array) {
      fields.push_back(arrow::field(name, arrow::utf8()));
      data.push_back(std::make_shared<arrow::ChunkedArray>(array));
    };
    if (columns.caption >= 0) {
      impl->captions = texts(*table, columns.caption);
      add_text("caption", impl->captions);
    }
    add_text("url", impl->urls);
    if (columns.hash >= 0) {
      impl->hashes = texts(*table, columns.hash);
    }
    impl->kept = arrow::Table::Make(arrow::schema(fields), data, table->num_rows());
    return UrlRows(std::move(impl));
  }

  fs::path file;
  ColumnOptions options;
  std::unique_ptr<parquet::arrow::FileReader> reader;
  std::shared_ptr<arrow::Schema> schema;
  ColumnPlan columns;
  std::unique_ptr<arrow::RecordBatchReader> batches;
  std::shared_ptr<arrow::RecordBatch> pending;
  uint64_t position = 0;
};

UrlTable::UrlTable(fs::path file, const ColumnOptions& options) : impl_(std::make_unique<Impl>(std::move(file), options)) {}
UrlTable::~UrlTable() = default;

uint64_t UrlTable::size() const { return static_cast<uint64_t>(impl_->reader->parquet_reader()->metadata()->num_rows()); }

UrlRows UrlTable::read(uint64_t first, uint64_t count) {
  if (count == 0 || first + count > size()) {
    throw std::invalid_argument(format("[UrlTable::read] rows {} to {} of {}", first, first + count, size()));
  }
  return impl_->rows(impl_->read(first, count));
}

std::string url_table_identity(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) {
    fail(ErrorCode::not_found, "{}: cannot be read", file.string());
  }
  const auto size = static_cast<uint64_t>(stream.tellg());
  std::string end(std::min<uint64_t>(size, description_bytes), '\0');
  stream.seekg(-static_cast<std::streamoff>(end.size()), std::ios::end);
  if (!stream.read(end.data(), static_cast<std::streamsize>(end.size()))) {
    fail(ErrorCode::io, "{}: cannot be read", file.string());
  }
  return format("{} {} {:016x}", file.filename().string(), size, XXH3_64bits(end.data(), end.size()));
}

}  // namespace darkroom
