// SPDX-License-Identifier: Apache-2.0
#include "core/dataset/record_columns.h"

#include "core/base/format.h"

namespace darkroom {
namespace {

void check_batch(const arrow::Status& status) {
  if (!status.ok()) {
    fail(status.IsOutOfMemory() ? ErrorCode::out_of_memory : ErrorCode::failed, "A batch of captions cannot be built: {}",
         status.message());
  }
}

template <typename Builder>
Builder& column(arrow::RecordBatchBuilder& builder, int index) {
  return static_cast<Builder&>(*builder.GetField(index));
}

template <typename Lists>
arrow::Status append_tokens(Lists& builder, const CaptionTokens& tokens) {
  ARROW_RETURN_NOT_OK(builder.Append());
  return static_cast<arrow::Int32Builder*>(builder.value_builder())->AppendValues(tokens.data(), tokens_per_caption);
}

arrow::Status append_optional(arrow::StringBuilder& builder, const std::string& text) {
  return text.empty() ? builder.AppendNull() : builder.Append(text);
}

template <typename Lists>
arrow::Status append_record(arrow::RecordBatchBuilder& builder, const ImageRecord& record) {
  ARROW_RETURN_NOT_OK(column<arrow::StringBuilder>(builder, 0).Append(record.image_key));
  ARROW_RETURN_NOT_OK(column<arrow::StringBuilder>(builder, 1).Append(record.caption));
  ARROW_RETURN_NOT_OK(append_tokens(column<Lists>(builder, 2), record.input_ids));
  ARROW_RETURN_NOT_OK(append_tokens(column<Lists>(builder, 3), record.attention_mask));
  ARROW_RETURN_NOT_OK(column<arrow::StringBuilder>(builder, 4).Append(record.source));
  ARROW_RETURN_NOT_OK(column<arrow::Int32Builder>(builder, 5).Append(record.width));
  ARROW_RETURN_NOT_OK(column<arrow::Int32Builder>(builder, 6).Append(record.height));
  ARROW_RETURN_NOT_OK(append_optional(column<arrow::StringBuilder>(builder, 7), record.category));
  ARROW_RETURN_NOT_OK(column<arrow::StringBuilder>(builder, 8).Append(record.image_hash));
  ARROW_RETURN_NOT_OK(append_optional(column<arrow::StringBuilder>(builder, 9), record.phash ? perceptual_hash_text(*record.phash) : ""));
  auto& aesthetic = column<arrow::FloatBuilder>(builder, 10);
  ARROW_RETURN_NOT_OK(record.aesthetic ? aesthetic.Append(*record.aesthetic) : aesthetic.AppendNull());
  return column<arrow::StringBuilder>(builder, 11).Append(record_checksum(record.image_key, record.caption, record.image_hash));
}

}  // namespace

std::shared_ptr<arrow::Schema> record_schema(TokenLists lists, const std::vector<std::pair<std::string, std::string>>& metadata) {
  std::vector<std::string> keys;
  std::vector<std::string> values;
  for (const auto& [key, value] : metadata) {
    keys.push_back(key);
    values.push_back(value);
  }
  const auto item = arrow::field("item", arrow::int32());
  const auto ids = lists == TokenLists::fixed ? arrow::fixed_size_list(item, tokens_per_caption) : arrow::list(item);
  return arrow::schema(
      {arrow::field("image_key", arrow::utf8()), arrow::field("caption", arrow::utf8()), arrow::field("input_ids", ids),
       arrow::field("attention_mask", ids), arrow::field("source", arrow::utf8()), arrow::field("width", arrow::int32()),
       arrow::field("height", arrow::int32()), arrow::field("category", arrow::utf8()), arrow::field("image_hash", arrow::utf8()),
       arrow::field("phash", arrow::utf8()), arrow::field("aesthetic", arrow::float32()), arrow::field("checksum", arrow::utf8())},
      keys.empty() ? nullptr : arrow::key_value_metadata(keys, values));
}

RecordBatchMaker::RecordBatchMaker(TokenLists lists, const std::shared_ptr<arrow::Schema>& schema, int64_t rows) : lists_(lists) {
  auto made = arrow::RecordBatchBuilder::Make(schema, arrow::default_memory_pool(), rows);
  check_batch(made.status());
  builder_ = std::move(made).ValueUnsafe();
}

void RecordBatchMaker::append(const ImageRecord& record) {
  check_batch(lists_ == TokenLists::fixed ? append_record<arrow::FixedSizeListBuilder>(*builder_, record)
                                          : append_record<arrow::ListBuilder>(*builder_, record));
  ++rows_;
}

std::shared_ptr<arrow::RecordBatch> RecordBatchMaker::take() {
  auto batch = builder_->Flush();
  check_batch(batch.status());
  rows_ = 0;
  return std::move(batch).ValueUnsafe();
}

}  // namespace darkroom
