// SPDX-License-Identifier: Apache-2.0
// Arrow's column readers give values page by page without making arrays of them: for texts, of which only a hash and a length are wanted,
// that is half of the time. A batch never crosses a page, so pointers into a page are good until the next batch.
#include "core/columns/text_field.h"

#include <arrow/api.h>
#include <arrow/util/utf8.h>

#include <charconv>
#include <span>

#include "core/base/format.h"
#include "core/base/utf8.h"
#include "core/columns/column_chunk_arrow.h"

namespace darkroom {

struct TextField::Impl {
  const ParquetFile* file = nullptr;
  uint64_t group = 0;
  int field = 0;
  PlainType type = PlainType::other;
  bool must_be_utf8 = false;
  ColumnChunk chunk;
  std::vector<parquet::ByteArray> values;
  std::vector<int64_t> integers;
  CastArrays arrays;  // of PlainType::other
  std::string spelled;
  int batches_until_try = 0;
  uint64_t next_row = 0;
  uint64_t first_row = 0;

  Impl(const ParquetFile& from, uint64_t row_group, int index, const WantedRows* wanted)
      : file(&from), group(row_group), field(index), type(from.plain_type(index)) {
    const arrow::Type::type id = from.schema().field(index)->type()->id();
    must_be_utf8 = arrow::is_string(id) || id == arrow::Type::DICTIONARY;
    if (type == PlainType::text || type == PlainType::i64) {
      chunk = open_chunk(from, group, field, wanted);
    } else {
      type = PlainType::other;
      arrays = CastArrays(from, group, field, arrow::utf8());
    }
  }

  // Rows of a batch of the page reader, put where pages were skipped.
  template <typename Type>
  int64_t read_batch(size_t most, std::vector<typename Type::c_type>& out, int64_t& count) {
    out.resize(std::max(out.size(), most));
    const uint64_t pages = chunk.watch ? chunk.watch->pages : 0;
    const int64_t rows = chunk.read<Type>(most, out.data(), count);
    if (chunk.watch && chunk.watch->pages != pages) {
      next_row = chunk.watch->begin;
    }
    first_row = next_row;
    next_row += static_cast<uint64_t>(rows);
    return rows;
  }

  // Whether all of a batch is ASCII, seen at once: in a page that is not a dictionary's, texts lie one after another with their lengths
  // between them. Where that failed, it is not tried again for some batches.
  bool is_ascii_batch(int64_t count) {
    constexpr int pause = 16;
    constexpr size_t length_bytes = 4;
    if (count == 0 || batches_until_try-- > 0) {
      return false;
    }
    const uint8_t* const first = values[0].ptr;
    const uint8_t* end = first;
    const uint8_t* next = first;
    bool together = true;
    for (const parquet::ByteArray& value : std::span(values).first(static_cast<size_t>(count))) {
      together = together && value.ptr == next;
      end = value.ptr + value.len;
      next = end + length_bytes;
    }
    const bool all = together && is_ascii({reinterpret_cast<const char*>(first), static_cast<size_t>(end - first)});
    batches_until_try = all ? 0 : pause;
    return all;
  }

  size_t read_texts(size_t most, std::string_view* out) {
    int64_t count = 0;
    const int64_t rows = read_batch<parquet::ByteArrayType>(most, values, count);
    const bool checked = !must_be_utf8 || is_ascii_batch(count);
    size_t at = 0;
    for (int64_t row = 0; row < rows; ++row) {
      if (!chunk.has_value(row, rows, count)) {
        out[row] = {};
        continue;
      }
      const parquet::ByteArray& value = values[at++];
      const std::string_view text(value.len > 0 ? reinterpret_cast<const char*>(value.ptr) : "", value.len);
      if (!checked && !is_ascii(text) && !arrow::util::ValidateUTF8(text)) {
        fail_reading(*file, group, field, format("row {} of it is no UTF-8", first_row + static_cast<uint64_t>(row)));
      }
      out[row] = text;
    }
    return static_cast<size_t>(rows);
  }

  size_t read_integers(size_t most, std::string_view* out) {
    constexpr size_t longest = 20;  // -9223372036854775808
    int64_t count = 0;
    const int64_t rows = read_batch<parquet::Int64Type>(most, integers, count);
    spelled.resize(static_cast<size_t>(rows) * longest);
    size_t at = 0;
    for (int64_t row = 0; row < rows; ++row) {
      if (!chunk.has_value(row, rows, count)) {
        out[row] = {};
        continue;
      }
      char* const begin = spelled.data() + static_cast<size_t>(row) * longest;
      const char* const end = std::to_chars(begin, begin + longest, integers[at++]).ptr;
      out[row] = {begin, static_cast<size_t>(end - begin)};
    }
    return static_cast<size_t>(rows);
  }

  size_t read_array(size_t most, std::string_view* out) {
    const CastArrays::Part part = arrays.next(most);
    const auto* const texts = static_cast<const arrow::StringArray*>(part.array);
    for (int64_t row = 0; row < part.rows; ++row) {
      if (texts->IsNull(part.first + row)) {
        out[row] = {};
      } else {
        const std::string_view view = texts->GetView(part.first + row);
        out[row] = view.data() == nullptr ? std::string_view("") : view;
      }
    }
    first_row = next_row;
    next_row += static_cast<uint64_t>(part.rows);
    return static_cast<size_t>(part.rows);
  }
};

TextField::TextField(const ParquetFile& file, uint64_t group, int field) : impl_(std::make_unique<Impl>(file, group, field, nullptr)) {}

TextField::TextField(const ParquetFile& file, uint64_t group, int field, WantedRows wanted)
    : impl_(std::make_unique<Impl>(file, group, field, &wanted)) {}

TextField::~TextField() = default;

size_t TextField::read(size_t most, std::string_view* out) {
  Impl& self = *impl_;
  if (self.type == PlainType::other) {
    return self.read_array(most, out);
  }
  try {
    return self.type == PlainType::text ? self.read_texts(most, out) : self.read_integers(most, out);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    fail_reading(*self.file, self.group, self.field, error.what());
  }
}

uint64_t TextField::first_row() const { return impl_->first_row; }

}  // namespace darkroom
