// SPDX-License-Identifier: Apache-2.0
// Rows of a screenful lie in many row groups, each of up to a million rows: pages without a wanted row are stepped over unread.
#include <arrow/type.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/base/format.h"
#include "core/columns/column_store_impl.h"
#include "core/columns/group_reader.h"
#include "core/columns/metadata_fields.h"
#include "core/columns/number_field.h"

namespace darkroom {
namespace {

constexpr size_t most_open_files = 8;

// A wanted row of a group, and where its answer goes.
struct Wanted {
  uint64_t row = 0;
  size_t answer = 0;
};

// Calls see(wanted, text) for each wanted row whose text is not empty; `wanted` is sorted by row.
template <typename See>
void each_wanted_text(const ParquetFile& file, uint64_t group, int field, const std::vector<Wanted>& wanted, See&& see) {
  std::vector<uint64_t> rows;
  for (const Wanted& one : wanted) {
    if (rows.empty() || rows.back() != one.row) {
      rows.push_back(one.row);
    }
  }
  TextField reader(file, group, field, rows);
  std::vector<std::string_view> texts(batch_rows);
  auto next = wanted.begin();
  while (next != wanted.end()) {
    const size_t got = reader.read(texts.size(), texts.data());
    if (got == 0) {
      fail(ErrorCode::bad_input, "{}: row group {} ends before row {}", file.path().string(), group, next->row);
    }
    for (; next != wanted.end() && next->row < reader.first_row() + got; ++next) {
      if (next->row < reader.first_row()) {
        fail(ErrorCode::bad_input, "{}: row {} of row group {} is not where its pages say", file.path().string(), next->row, group);
      }
      const std::string_view text = texts[next->row - reader.first_row()];
      if (text.data() != nullptr) {
        see(*next, text);
      }
    }
  }
}

std::string value_as_text(const ParquetFile& file, uint64_t group, int field, uint64_t row) {
  const PlainType type = file.plain_type(field);
  if (type == PlainType::i32 || type == PlainType::f32 || type == PlainType::f64) {
    NumberField reader(file, group, field);
    std::vector<double> values(batch_rows);
    for (uint64_t first = 0;;) {
      const size_t got = reader.read(values.size(), values.data());
      if (row < first + got) {
        const double value = values[row - first];
        if (std::isnan(value)) {
          return {};
        }
        return type == PlainType::f32 ? format("{}", static_cast<float>(value)) : format("{}", value);
      }
      if (got == 0) {
        return {};
      }
      first += got;
    }
  }
  std::string text;
  try {
    each_wanted_text(file, group, field, {{row, 0}}, [&](const Wanted&, std::string_view found) { text = found; });
  } catch (const Error&) {
    // Lists and structures have no text: what the column is says more than nothing.
    text = format("({})", file.schema().field(field)->type()->ToString());
  }
  return text;
}

}  // namespace

// Files that were fetched from lately.
struct ColumnStore::Impl::OpenFiles {
  std::map<size_t, std::shared_ptr<const ParquetFile>> files;
  std::vector<size_t> order;  // the one used longest ago first
};

std::shared_ptr<const ParquetFile> ColumnStore::Impl::open_file(size_t index) {
  const SourceFile& expected = layout.files.at(index);
  const std::vector<SourceFile> now = identify_files(std::span(&expected.path, 1));
  if (!now.front().same_as(expected)) {
    fail(ErrorCode::bad_input, "{}: changed since its columns were read; open the set again", expected.path.string());
  }
  const std::lock_guard lock(open_mutex);
  if (!open_files) {
    open_files = std::make_shared<OpenFiles>();
  }
  std::shared_ptr<const ParquetFile>& file = open_files->files[index];
  std::erase(open_files->order, index);
  if (!file) {
    try {
      file = std::make_shared<const ParquetFile>(expected.path);
    } catch (...) {
      open_files->files.erase(index);
      throw;
    }
  }
  std::shared_ptr<const ParquetFile> result = file;
  open_files->order.push_back(index);
  if (open_files->order.size() > most_open_files) {
    open_files->files.erase(open_files->order.front());
    open_files->order.erase(open_files->order.begin());
  }
  return result;
}

std::vector<RowTexts> ColumnStore::fetch_texts(std::span<const uint64_t> rows, std::span<const MetadataColumn> columns) const {
  std::vector<RowTexts> answers(rows.size(), RowTexts(columns.size()));
  std::map<std::pair<size_t, uint64_t>, std::vector<Wanted>> groups;
  for (size_t i = 0; i < rows.size(); ++i) {
    const RowPlace at = place(rows[i]);
    groups[{at.file, at.group}].push_back({at.row, i});
  }
  for (auto& [place, wanted] : groups) {
    std::sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) { return a.row < b.row; });
    const std::shared_ptr<const ParquetFile> file = impl_->open_file(place.first);
    const std::vector<MetadataFields> known = metadata_fields(file->schema());
    for (size_t i = 0; i < columns.size(); ++i) {
      const MetadataFields* const fields = find_fields(known, columns[i]);
      if (fields == nullptr) {
        continue;
      }
      for (const int field : fields->texts) {
        each_wanted_text(*file, place.second, field, wanted, [&](const Wanted& one, std::string_view text) {
          std::optional<std::string>& answer = answers[one.answer][i];
          if (!answer) {
            answer = std::string(text);
          }
        });
      }
    }
  }
  return answers;
}

RowValues ColumnStore::fetch_row(uint64_t row) const {
  const RowPlace at = place(row);
  const std::shared_ptr<const ParquetFile> file = impl_->open_file(at.file);
  RowValues values;
  const std::vector<std::string> names = file->names();
  for (size_t field = 0; field < names.size(); ++field) {
    values.emplace_back(names[field], value_as_text(*file, at.group, static_cast<int>(field), at.row));
  }
  return values;
}

}  // namespace darkroom
