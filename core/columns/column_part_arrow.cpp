// SPDX-License-Identifier: Apache-2.0
// Pieces are small enough to stay in the processor's first caches, so that it costs little to look at them three times: hash, length,
// measure.
#include "core/columns/column_part.h"

#include <cmath>
#include <limits>

#include "core/base/utf8.h"
#include "core/columns/column_data.h"
#include "core/columns/group_reader.h"
#include "core/columns/number_field.h"
#include "core/columns/text_hash.h"

namespace darkroom {
namespace {

constexpr size_t number_rows = 4096;
constexpr size_t text_rows = 256;

// A length of 2^31 and more cannot be: a text in a parquet file has fewer bytes.
int32_t characters_of(std::string_view text) { return static_cast<int32_t>(count_characters(text)); }

}  // namespace

ColumnPart::ColumnPart(ColumnWork& work, uint64_t first) : work_(&work) {
  if (work.number_files) {
    numbers_.emplace(*work.number_files, first);
  }
  if (work.character_files) {
    characters_.emplace(*work.character_files, first);
  }
  if (work.hash_file) {
    hashes_.emplace(*work.hash_file, first);
  }
  if (work.word_file) {
    words_.emplace(*work.word_file, first);
  }
}

void ColumnPart::read_group(const ParquetFile& file, uint64_t group, uint64_t rows, const MetadataFields& fields,
                            const CancelToken& cancel) {
  if (numbers_ && !work_->misfit) {
    read_numbers(file, group, rows, fields, cancel);
  }
  if (hashes_ || words_) {
    read_texts(file, group, rows, fields, cancel);
  }
}

void ColumnPart::leave_empty(uint64_t rows) {
  if (numbers_) {
    numbers_->leave_empty(rows);
  }
  if (characters_) {
    characters_->leave_empty(rows);
  }
  if (hashes_) {
    hashes_->fill(rows, 0);
  }
  if (words_) {
    words_->fill(rows, 0);
  }
}

void ColumnPart::finish() {
  if (numbers_) {
    numbers_->finish();
  }
  if (characters_) {
    characters_->finish();
  }
  if (hashes_) {
    hashes_->flush();
  }
  if (words_) {
    words_->flush();
  }
}

void ColumnPart::read_numbers(const ParquetFile& file, uint64_t group, uint64_t rows, const MetadataFields& fields,
                              const CancelToken& cancel) {
  if (fields.numbers.size() != 1 || !fields.texts.empty()) {
    read_joined(file, group, rows, fields, cancel);
    return;
  }
  const int index = fields.numbers[0];
  NumberField field(file, group, index);
  const auto note = [this](bool fits) {
    if (!fits) {
      work_->misfit = true;
    }
  };
  const StageKind stage = work_->number_files->kind();
  if (stage == StageKind::f32) {
    each_piece<float>(
        file, group, index, rows, number_rows, cancel, [&](size_t most, float* out) { return field.read(most, out); },
        [&](uint64_t, std::span<const float> values) { numbers_->write(values); });
    return;
  }
  if (stage != StageKind::f64 && file.plain_type(index) == PlainType::i32) {
    bool taken = false;
    each_piece<int32_t>(
        file, group, index, rows, number_rows, cancel, [&](size_t most, int32_t* out) { return field.read(most, out, taken); },
        [&](uint64_t, std::span<const int32_t> values) { note(numbers_->write(values) && !taken); });
    return;
  }
  each_piece<double>(
      file, group, index, rows, number_rows, cancel, [&](size_t most, double* out) { return field.read(most, out); },
      [&](uint64_t, std::span<const double> values) { note(numbers_->write(values)); });
}

// Of several fields the first that has a value counts; texts come last.
void ColumnPart::read_joined(const ParquetFile& file, uint64_t group, uint64_t rows, const MetadataFields& fields,
                             const CancelToken& cancel) {
  std::vector<double> joined(rows, std::numeric_limits<double>::quiet_NaN());
  for (const int index : fields.numbers) {
    NumberField field(file, group, index);
    each_piece<double>(
        file, group, index, rows, number_rows, cancel, [&](size_t most, double* out) { return field.read(most, out); },
        [&](uint64_t done, std::span<const double> values) {
          for (size_t i = 0; i < values.size(); ++i) {
            if (std::isnan(joined[done + i])) {
              joined[done + i] = values[i];
            }
          }
        });
  }
  if (!fields.texts.empty()) {
    each_text(file, group, rows, fields.texts, text_rows, cancel, [&](uint64_t done, std::span<const std::string_view> texts) {
      for (size_t i = 0; i < texts.size(); ++i) {
        if (std::isnan(joined[done + i])) {
          joined[done + i] = number_of_text(texts[i]);
        }
      }
    });
  }
  if (!numbers_->write(std::span<const double>(joined))) {
    work_->misfit = true;
  }
}

void ColumnPart::read_texts(const ParquetFile& file, uint64_t group, uint64_t rows, const MetadataFields& fields,
                            const CancelToken& cancel) {
  if (fields.texts.empty()) {  // words or hashes of other files: here the column is a number
    if (characters_) {
      characters_->leave_empty(rows);
    }
    if (hashes_) {
      hashes_->fill(rows, 0);
    }
    if (words_) {
      words_->fill(rows, 0);
    }
    return;
  }
  each_text(file, group, rows, fields.texts, text_rows, cancel, [&](uint64_t, std::span<const std::string_view> texts) {
    if (hashes_) {
      write_hashes(texts);
    }
    if (characters_) {
      write_characters(texts);
    }
    if (words_) {
      write_words(texts);
    }
  });
}

void ColumnPart::write_hashes(std::span<const std::string_view> texts) {
  while (!texts.empty()) {
    const std::span<uint64_t> to = hashes_->room(texts.size());
    for (size_t i = 0; i < to.size(); ++i) {
      to[i] = texts[i].data() == nullptr ? 0 : text_hash(texts[i]);
    }
    hashes_->took(to.size());
    texts = texts.subspan(to.size());
  }
}

void ColumnPart::write_characters(std::span<const std::string_view> texts) {
  lengths_.resize(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    lengths_[i] = texts[i].data() == nullptr ? empty_i32 : characters_of(texts[i]);
  }
  if (!characters_->write(std::span<const int32_t>(lengths_))) {
    work_->long_texts = true;
  }
}

void ColumnPart::write_words(std::span<const std::string_view> texts) {
  while (!texts.empty() && !work_->many_words) {
    const std::span<uint8_t> to = words_->room(texts.size());
    for (size_t i = 0; i < to.size(); ++i) {
      to[i] = texts[i].data() == nullptr ? 0 : code_of(texts[i]);
    }
    words_->took(to.size());
    texts = texts.subspan(to.size());
  }
}

// 0, and the work is told, when there are more words than codes.
uint8_t ColumnPart::code_of(std::string_view word) {
  if (last_code_ == 0 || word != last_word_) {
    last_word_ = word;
    uint8_t& code = known_[last_word_];
    if (code == 0) {
      code = work_->table.code_of(last_word_);
      if (code == 0) {
        work_->many_words = true;
        return 0;
      }
    }
    last_code_ = code;
  }
  return last_code_;
}

}  // namespace darkroom
