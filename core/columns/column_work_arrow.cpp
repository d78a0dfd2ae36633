// SPDX-License-Identifier: Apache-2.0
#include "core/columns/column_work.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "core/base/utf8.h"
#include "core/columns/group_reader.h"
#include "core/columns/number_field.h"
#include "core/columns/text_hash.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

int32_t characters_of(std::string_view text) {
  const int64_t count = is_ascii(text) ? static_cast<int64_t>(text.size()) : count_characters(text);
  return static_cast<int32_t>(std::min<int64_t>(count, std::numeric_limits<int32_t>::max()));
}

template <typename T>
void fill(ArrayFile& file, uint64_t first, uint64_t rows, T value) {
  const std::vector<T> values(std::min<uint64_t>(rows, batch_rows), value);
  for (uint64_t row = 0; row < rows; row += values.size()) {
    file.write_values(first + row, std::span(values).first(std::min<uint64_t>(values.size(), rows - row)));
  }
}

}  // namespace

void ColumnWork::create_files(const fs::path& folder, uint64_t rows) {
  const uint64_t padded = padded_rows(rows);
  if (numbers) {
    number_file = std::make_unique<ArrayFile>(folder / array_name(column, "stage"), padded * stage_bytes(stage));
  }
  if (words) {
    word_file = std::make_unique<ArrayFile>(folder / array_name(column, "words"), padded);
  }
  if (hashes) {
    hash_file = std::make_unique<ArrayFile>(folder / array_name(column, "hashes"), padded * sizeof(uint64_t));
  }
  if (characters) {
    character_file = std::make_unique<ArrayFile>(folder / array_name(MetadataColumn::caption_chars, "stage"), padded * sizeof(int32_t));
  }
}

void ColumnWork::read_group(const ParquetFile& file, uint64_t group, uint64_t rows, uint64_t first, const MetadataFields& fields,
                            const CancelToken& cancel) {
  if (numbers) {
    read_numbers(file, group, rows, first, fields, cancel);
  }
  if (words || hashes) {
    read_texts(file, group, rows, first, fields, cancel);
  }
}

// Words and hashes are 0 where nothing was written.
void ColumnWork::leave_empty(uint64_t first, uint64_t rows) {
  if (numbers) {
    switch (stage) {
      case StageKind::f32:
        fill(*number_file, first, rows, std::numeric_limits<float>::quiet_NaN());
        break;
      case StageKind::i32:
        fill(*number_file, first, rows, empty_i32);
        break;
      case StageKind::f64:
        fill(*number_file, first, rows, nan);
        break;
    }
  }
  if (characters) {
    fill(*character_file, first, rows, empty_i32);
  }
}

bool ColumnWork::wants_again(const fs::path& folder) {
  if (!misfit && !many_words) {
    return false;
  }
  if (misfit) {
    stage = StageKind::f64;
    misfit = false;
  }
  if (many_words) {
    words = false;
    hashes = true;
    many_words = false;
    word_file.reset();
    fs::remove(folder / array_name(column, "words"));
  }
  return true;
}

void ColumnWork::read_numbers(const ParquetFile& file, uint64_t group, uint64_t rows, uint64_t first, const MetadataFields& fields,
                              const CancelToken& cancel) {
  if (misfit) {
    return;
  }
  if (stage == StageKind::f32) {
    NumberField field(file, group, fields.numbers[0]);
    each_piece<float>(
        file, group, fields.numbers[0], rows, cancel, [&](size_t most, float* out) { return field.read(most, out); },
        [&](uint64_t done, std::span<const float> values) { number_file->write_values(first + done, values); });
    return;
  }
  if (stage == StageKind::i32) {
    NumberField field(file, group, fields.numbers[0]);
    bool taken = false;
    each_piece<int32_t>(
        file, group, fields.numbers[0], rows, cancel, [&](size_t most, int32_t* out) { return field.read(most, out, taken); },
        [&](uint64_t done, std::span<const int32_t> values) { number_file->write_values(first + done, values); });
    misfit = misfit || taken;
    return;
  }
  const auto each_double = [&](int index, auto&& see) {
    NumberField field(file, group, index);
    each_piece<double>(
        file, group, index, rows, cancel, [&](size_t most, double* out) { return field.read(most, out); }, see);
  };
  if (fields.numbers.size() == 1 && fields.texts.empty()) {
    each_double(fields.numbers[0], [&](uint64_t done, std::span<const double> values) { number_file->write_values(first + done, values); });
    return;
  }
  std::vector<double> joined(rows, nan);
  for (const int index : fields.numbers) {  // of several, the first that has a value counts
    each_double(index, [&](uint64_t done, std::span<const double> values) {
      for (size_t i = 0; i < values.size(); ++i) {
        if (std::isnan(joined[done + i])) {
          joined[done + i] = values[i];
        }
      }
    });
  }
  if (!fields.texts.empty()) {
    each_text(file, group, rows, fields.texts, cancel, [&](uint64_t done, std::span<const std::string_view> texts) {
      for (size_t i = 0; i < texts.size(); ++i) {
        if (std::isnan(joined[done + i])) {
          joined[done + i] = number_of_text(texts[i]);
        }
      }
    });
  }
  number_file->write_values(first, std::span<const double>(joined));
}

void ColumnWork::read_texts(const ParquetFile& file, uint64_t group, uint64_t rows, uint64_t first, const MetadataFields& fields,
                            const CancelToken& cancel) {
  if (fields.texts.empty()) {
    if (characters) {
      fill(*character_file, first, rows, empty_i32);
    }
    return;
  }
  std::vector<uint64_t> own_hashes;
  std::vector<int32_t> lengths;
  std::vector<uint8_t> codes;
  std::unordered_map<std::string, uint8_t> known;
  std::string last;
  uint8_t last_code = 0;
  each_text(file, group, rows, fields.texts, cancel, [&](uint64_t done, std::span<const std::string_view> texts) {
    if (hashes) {
      own_hashes.resize(texts.size());
      for (size_t i = 0; i < texts.size(); ++i) {
        own_hashes[i] = texts[i].data() == nullptr ? 0 : text_hash(texts[i]);
      }
      hash_file->write_values(first + done, std::span<const uint64_t>(own_hashes));
    }
    if (characters) {
      lengths.resize(texts.size());
      for (size_t i = 0; i < texts.size(); ++i) {
        lengths[i] = texts[i].data() == nullptr ? empty_i32 : characters_of(texts[i]);
      }
      character_file->write_values(first + done, std::span<const int32_t>(lengths));
    }
    if (words && !many_words) {
      codes.resize(texts.size());
      for (size_t i = 0; i < texts.size(); ++i) {
        if (texts[i].data() == nullptr) {
          codes[i] = 0;
          continue;
        }
        if (last_code == 0 || texts[i] != last) {
          last = texts[i];
          uint8_t& code = known[last];
          if (code == 0) {
            code = table.code_of(last);
            if (code == 0) {
              many_words = true;
              return;
            }
          }
          last_code = code;
        }
        codes[i] = last_code;
      }
      word_file->write_values(first + done, std::span<const uint8_t>(codes));
    }
  });
}

std::vector<std::unique_ptr<ColumnWork>> plan_columns(std::span<const FileScan> scans) {
  std::vector<std::unique_ptr<ColumnWork>> works;
  for (const MetadataColumnInfo& info : metadata_columns()) {
    auto work = std::make_unique<ColumnWork>();
    work->column = info.column;
    bool any_text = false;
    bool plain_f32 = true;
    bool plain_i32 = true;
    for (size_t index = 0; index < scans.size(); ++index) {
      const FileScan& scan = scans[index];
      const MetadataFields* const fields = find_fields(scan.columns, info.column);
      if (fields == nullptr) {
        work->missing_in.push_back(index);
        continue;
      }
      any_text = any_text || !fields->texts.empty();
      const bool single = fields->numbers.size() == 1 && fields->texts.empty();
      plain_f32 = plain_f32 && single && scan.types[static_cast<size_t>(fields->numbers[0])] == PlainType::f32;
      plain_i32 = plain_i32 && single && scan.types[static_cast<size_t>(fields->numbers[0])] == PlainType::i32;
      for (const std::vector<int>* list : {&fields->numbers, &fields->texts}) {
        for (const int field : *list) {
          const std::string& name = scan.names[static_cast<size_t>(field)];
          if (std::find(work->names.begin(), work->names.end(), name) == work->names.end()) {
            work->names.push_back(name);
          }
        }
      }
    }
    if (work->missing_in.size() == scans.size()) {
      continue;
    }
    work->numbers = info.number;
    work->stage = plain_f32 ? StageKind::f32 : plain_i32 ? StageKind::i32 : StageKind::f64;
    const bool texts = any_text && (!info.number || info.column == MetadataColumn::nsfw);
    work->words = texts && (info.column == MetadataColumn::nsfw || info.column == MetadataColumn::language);
    work->hashes = texts && !work->words;
    work->characters = info.column == MetadataColumn::caption && texts;
    works.push_back(std::move(work));
  }
  return works;
}

}  // namespace darkroom
