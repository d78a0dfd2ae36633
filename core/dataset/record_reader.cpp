// SPDX-License-Identifier: Apache-2.0
#include "core/dataset/record_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/format.h"
#include "core/dataset/dataset_layout.h"
#include "core/text/clip_tokenizer.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

void read_tokens(const ArrowDataset& dataset, uint64_t row, ImageRecord& record) {
  if (!dataset.has("input_ids")) {
    ClipTokenizer::builtin().encode_into(record.caption, record.input_ids.data(), record.attention_mask.data());
    return;
  }
  std::vector<int32_t> values;
  for (const auto& [column, tokens] : {std::pair("input_ids", &record.input_ids), std::pair("attention_mask", &record.attention_mask)}) {
    dataset.read_integer_list(column, row, values);
    if (values.size() != tokens->size()) {
      fail(ErrorCode::bad_input, "{}: {} of {} has {} values, expected {}", dataset.path().string(), column, record.image_key,
           values.size(), tokens->size());
    }
    std::copy(values.begin(), values.end(), tokens->begin());
  }
}

std::vector<fs::path> parquet_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && entry.path().extension() == ".parquet" && !name.starts_with(".")) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

ImageRecord read_image_record(const ArrowDataset& dataset, uint64_t row) {
  ImageRecord record;
  record.image_key = dataset.text("image_key", row);
  record.caption = dataset.text("caption", row);
  const auto text = [&](const char* column) { return dataset.has(column) ? dataset.text(column, row) : std::string_view(); };
  record.image_hash = text("image_hash");
  check_record(dataset.path().string(), record.image_key, record.caption, record.image_hash, text("checksum"));
  read_tokens(dataset, row, record);
  record.source = text("source");
  record.category = text("category");
  record.phash = perceptual_hash_from_text(text("phash"));
  record.width = dataset.has("width") ? static_cast<int32_t>(dataset.integer("width", row)) : 0;
  record.height = dataset.has("height") ? static_cast<int32_t>(dataset.integer("height", row)) : 0;
  if (dataset.has("aesthetic")) {
    const double score = dataset.number("aesthetic", row, std::numeric_limits<double>::quiet_NaN());
    record.aesthetic = std::isnan(score) ? std::nullopt : std::optional(static_cast<float>(score));
  }
  return record;
}

RecordReader::RecordReader(const fs::path& where) {
  if (fs::is_directory(where)) {
    dataset_ = std::make_unique<ArrowDataset>(where);
    batch_ = dataset_.get();
  } else {
    parquet_ = std::make_unique<ParquetRecordReader>(where);
  }
}

uint64_t RecordReader::rows() const { return parquet_ ? parquet_->rows() : dataset_->size(); }

bool RecordReader::next(ImageRecord& record) {
  while (batch_ == nullptr || row_ == batch_->size()) {
    batch_ = parquet_ ? parquet_->next() : nullptr;
    row_ = 0;
    if (batch_ == nullptr) {
      return false;
    }
  }
  record = read_image_record(*batch_, row_++);
  return true;
}

uint64_t count_rows(const std::vector<fs::path>& inputs) {
  uint64_t rows = 0;
  for (const fs::path& input : inputs) {
    rows += RecordReader(input).rows();
  }
  return rows;
}

std::vector<fs::path> record_inputs(const std::vector<fs::path>& inputs) {
  std::vector<fs::path> all;
  for (const fs::path& input : inputs) {
    if (fs::is_regular_file(input)) {
      if (input.extension() != ".parquet") {
        fail(ErrorCode::bad_input, "{}: expected a .parquet file or a folder", input.string());
      }
      all.push_back(input);
      continue;
    }
    if (!fs::is_directory(input)) {
      fail(ErrorCode::not_found, "{}: there is no such file or folder", input.string());
    }
    if (fs::exists(input / dataset_dict_name)) {
      for (const std::string& split : dataset_splits(input)) {
        all.push_back(input / split);
      }
    } else if (fs::exists(input / state_file_name)) {
      all.push_back(input);
    } else {
      const std::vector<fs::path> files = parquet_files(input);
      if (files.empty()) {
        fail(ErrorCode::not_found, "{}: neither parquet files nor a dataset ({} or {}) are in this folder", input.string(),
             dataset_dict_name, state_file_name);
      }
      all.insert(all.end(), files.begin(), files.end());
    }
  }
  return all;
}

}  // namespace darkroom
