// SPDX-License-Identifier: Apache-2.0
#include "core/columns/column_work.h"

#include <algorithm>

#include "core/columns/store_layout.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

// Sides are whole numbers, whatever type they lie in; one of 65535 pixels and more is rare enough to read the column twice.
StageKind guess_stage(MetadataColumn column, bool plain_f32, bool plain_i32) {
  if (column == MetadataColumn::width || column == MetadataColumn::height) {
    return StageKind::u16;
  }
  return plain_f32 ? StageKind::f32 : plain_i32 ? StageKind::i32 : StageKind::f64;
}

}  // namespace

void ColumnWork::create_files(const fs::path& folder, uint64_t rows) {
  const uint64_t padded = padded_rows(rows);
  if (numbers) {
    number_files = std::make_unique<NumberFiles>(folder, column, stage, rows);
  }
  if (words) {
    word_file = std::make_unique<ArrayFile>(folder / array_name(column, "words"), padded);
  }
  if (hashes) {
    hash_file = std::make_unique<ArrayFile>(folder / array_name(column, "hashes"), padded * sizeof(uint64_t));
  }
  if (characters) {
    character_files = std::make_unique<NumberFiles>(folder, MetadataColumn::caption_chars, character_stage, rows);
  }
}

bool ColumnWork::wants_again(const fs::path& folder) {
  if (!misfit && !long_texts && !many_words) {
    return false;
  }
  if (misfit) {
    stage = StageKind::f64;
    misfit = false;
  }
  if (long_texts) {
    character_stage = StageKind::i32;
    long_texts = false;
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
    work->stage = guess_stage(info.column, plain_f32, plain_i32);
    const bool texts = any_text && (!info.number || info.column == MetadataColumn::nsfw);
    work->words = texts && (info.column == MetadataColumn::nsfw || info.column == MetadataColumn::language);
    work->hashes = texts && !work->words;
    work->characters = info.column == MetadataColumn::caption && texts;
    works.push_back(std::move(work));
  }
  return works;
}

}  // namespace darkroom
