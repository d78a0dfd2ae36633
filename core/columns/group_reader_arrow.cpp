// SPDX-License-Identifier: Apache-2.0
#include <arrow/type.h>

#include <optional>

#include "core/base/format.h"
#include "core/columns/group_reader.h"

namespace darkroom {

void fail_group_rows(const ParquetFile& file, int field, uint64_t group, uint64_t rows, const char* more_or_fewer) {
  fail(ErrorCode::bad_input, "{}: column {} has {} values in row group {} than the {} rows that it should have", file.path().string(),
       file.schema().field(field)->name(), more_or_fewer, group, rows);
}

void each_text(const ParquetFile& file, uint64_t group, uint64_t rows, const std::vector<int>& fields, size_t piece_rows,
               const CancelToken& cancel, const SeeTexts& see) {
  if (fields.size() == 1) {
    TextField field(file, group, fields[0]);
    each_piece<std::string_view>(
        file, group, fields[0], rows, piece_rows, cancel, [&](size_t most, std::string_view* out) { return field.read(most, out); }, see);
    return;
  }
  std::vector<std::optional<std::string>> joined(rows);
  for (const int index : fields) {
    TextField field(file, group, index);
    each_piece<std::string_view>(
        file, group, index, rows, piece_rows, cancel, [&](size_t most, std::string_view* out) { return field.read(most, out); },
        [&](uint64_t first, std::span<const std::string_view> texts) {
          for (size_t i = 0; i < texts.size(); ++i) {
            if (!joined[first + i] && texts[i].data() != nullptr) {
              joined[first + i] = std::string(texts[i]);
            }
          }
        });
  }
  std::vector<std::string_view> views(rows);
  for (uint64_t row = 0; row < rows; ++row) {
    views[row] = joined[row] ? std::string_view(*joined[row]) : std::string_view();
  }
  see(0, std::span<const std::string_view>(views));
}

}  // namespace darkroom
