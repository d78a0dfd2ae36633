// SPDX-License-Identifier: Apache-2.0
// One row group a shard and not one in a hundred rows, as the peer writes it: every reader of rows takes both, and this one is fast.
#include <arrow/api.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/json.h"
#include "core/base/utf8.h"
#include "core/dataset/durable_stream.h"
#include "core/dataset/tar_source.h"
#include "core/download/parquet_open_arrow.h"
#include "core/download/shard_files.h"
#include "core/download/url_rows_arrow.h"
#include "core/source/tar_writer.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view detail_mark = ": ";
constexpr std::string_view stats_ending = "_stats.json";
constexpr uint64_t most_member_bytes = uint64_t{1} << 30;

Json json_of_row(const UrlRows& rows, uint64_t row, const std::string& key, const RowOutcome& outcome, DigestKind hash) {
  Json json = rows.facts(row);
  json["key"] = key;
  json["status"] = row_status_name(outcome.status);
  json["error_message"] = nullptr;
  json["width"] = outcome.width;
  json["height"] = outcome.height;
  json["original_width"] = outcome.original_width;
  json["original_height"] = outcome.original_height;
  json["exif"] = outcome.exif;
  json[std::string(digest_kind_name(hash))] = outcome.hash;
  return json;
}

void write_tar(const fs::path& path, const ShardPlan& plan, const ShardSpec& shard, const UrlRows& rows, ShardJournal& journal,
               const DownloadOptions& options) {
  TarWriter tar(path);
  const std::string ending(picture_format_name(options.picture.format));
  for (uint64_t row = 0; row < shard.rows; ++row) {
    const RowOutcome& outcome = *journal.outcome(row);
    if (outcome.status != RowStatus::success) {
      continue;
    }
    const std::string key = plan.key(shard.number, row);
    const std::string json =
        json_of_row(rows, row, key, outcome, options.columns.hash_kind).dump(4, ' ', true, Json::error_handler_t::replace);
    // Members of a sample by their endings, as the peer's writer sorts them.
    std::map<std::string, std::string> members{{ending, journal.picture(row)}, {"json", json}};
    if (rows.has_captions()) {
      members.emplace("txt", rows.caption(row));
    }
    for (const auto& [field, bytes] : members) {
      tar.add(format("{}.{}", key, field), bytes);
    }
  }
  tar.finish();
}

// The columns behind those of the input.
class OutcomeColumns {
 public:
  explicit OutcomeColumns(fs::path file) : file_(std::move(file)) {}

  void add(const std::string& key, const RowOutcome& outcome) {
    const bool success = outcome.status == RowStatus::success;
    check_output(key_.Append(key), file_);
    check_output(status_.Append(std::string(row_status_name(outcome.status))), file_);
    text(error_message_, !success, valid_utf8(message_of(outcome)));
    for (const auto& [builder, side] :
         {std::pair(&width_, outcome.width), std::pair(&height_, outcome.height), std::pair(&original_width_, outcome.original_width),
          std::pair(&original_height_, outcome.original_height)}) {
      check_output(success ? builder->Append(side) : builder->AppendNull(), file_);
    }
    text(exif_, success, outcome.exif);
    text(hash_, success, outcome.hash);
  }

  std::vector<std::shared_ptr<arrow::Array>> finish() {
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (arrow::ArrayBuilder* builder : std::initializer_list<arrow::ArrayBuilder*>{&key_, &status_, &error_message_, &width_, &height_,
                                                                                    &original_width_, &original_height_, &exif_, &hash_}) {
      std::shared_ptr<arrow::Array> array;
      check_output(builder->Finish(&array), file_);
      arrays.push_back(std::move(array));
    }
    return arrays;
  }

 private:
  void text(arrow::StringBuilder& builder, bool is_there, const std::string& value) {
    check_output(is_there ? builder.Append(value) : builder.AppendNull(), file_);
  }

  fs::path file_;
  arrow::StringBuilder key_;
  arrow::StringBuilder status_;
  arrow::StringBuilder error_message_;
  arrow::Int32Builder width_;
  arrow::Int32Builder height_;
  arrow::Int32Builder original_width_;
  arrow::Int32Builder original_height_;
  arrow::StringBuilder exif_;
  arrow::StringBuilder hash_;
};

void write_parquet(const fs::path& path, const ShardPlan& plan, const ShardSpec& shard, const UrlRows& rows, const ShardJournal& journal,
                   DigestKind hash) {
  OutcomeColumns outcomes(path);
  for (uint64_t row = 0; row < shard.rows; ++row) {
    outcomes.add(plan.key(shard.number, row), *journal.outcome(row));
  }
  std::shared_ptr<arrow::Table> table = rows.impl().kept;
  const std::vector<std::string> names = written_column_names(hash);
  const std::vector<std::shared_ptr<arrow::Array>> arrays = outcomes.finish();
  for (size_t i = 0; i < arrays.size(); ++i) {
    const arrow::Result<std::shared_ptr<arrow::Table>> wider =
        table->AddColumn(table->num_columns(), arrow::field(names[i], arrays[i]->type()), std::make_shared<arrow::ChunkedArray>(arrays[i]));
    check_output(wider.status(), path);
    table = *wider;
  }
  fs::path partial = path;
  partial += ".partial";
  const auto stream = std::make_shared<DurableStream>(partial);
  const auto properties = parquet::WriterProperties::Builder().compression(parquet::Compression::SNAPPY)->build();
  const auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  check_output(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), stream, static_cast<int64_t>(shard.rows), properties,
                                          arrow_properties),
               partial);
  check_output(stream->Close(), partial);
  rename_durably(partial, path);
}

ShardStats count_rows(const ShardSpec& shard, const ShardJournal& journal) {
  ShardStats stats;
  stats.count = shard.rows;
  for (uint64_t row = 0; row < shard.rows; ++row) {
    const RowOutcome& outcome = *journal.outcome(row);
    stats.successes += outcome.status == RowStatus::success ? 1 : 0;
    stats.failed_to_download += outcome.status == RowStatus::failed_to_download ? 1 : 0;
    stats.failed_to_resize += outcome.status == RowStatus::failed_to_resize ? 1 : 0;
    ++stats.statuses[outcome.status == RowStatus::success ? "success" : outcome.error];
  }
  return stats;
}

// A column in one piece. ArrayType  arrow::StringArray or arrow::Int32Array: what it must be
template <typename ArrayType>
std::shared_ptr<ArrayType> column_of(const arrow::Table& table, const std::string& name, const fs::path& file) {
  using Type = typename ArrayType::TypeClass;
  const std::shared_ptr<arrow::ChunkedArray> column = table.GetColumnByName(name);
  if (!column || column->type()->id() != Type::type_id) {
    fail(ErrorCode::bad_input, "{}: has no column {} of {}; was it written by this program?", file.string(), name, Type::type_name());
  }
  const arrow::Result<std::shared_ptr<arrow::Array>> whole = arrow::Concatenate(column->chunks());
  check_output(whole.status(), file);
  return std::static_pointer_cast<ArrayType>(*whole);
}

std::string text_at(const arrow::StringArray& array, int64_t row) { return array.IsNull(row) ? std::string() : array.GetString(row); }

std::shared_ptr<arrow::Table> read_table(const fs::path& file) {
  const std::unique_ptr<parquet::arrow::FileReader> reader = open_parquet(file);
  try {
    const arrow::Result<std::shared_ptr<arrow::Table>> table = reader->ReadTable();
    if (table.ok()) {
      return *table;
    }
    fail(ErrorCode::bad_input, "{}: is no parquet file that can be read ({})", file.string(), table.status().message());
  } catch (const parquet::ParquetException& error) {
    fail(ErrorCode::bad_input, "{}: is no parquet file that can be read ({})", file.string(), error.what());
  }
}

}  // namespace

ShardPaths::ShardPaths(const fs::path& folder, const std::string& name)
    : tar(folder / (name + ".tar")), parquet(folder / (name + ".parquet")), stats(folder / (name + std::string(stats_ending))) {}

std::vector<std::string> finished_shards(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(stats_ending)) {
      names.push_back(name.substr(0, name.size() - stats_ending.size()));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

void ShardStats::add(const ShardStats& other) {
  count += other.count;
  successes += other.successes;
  failed_to_download += other.failed_to_download;
  failed_to_resize += other.failed_to_resize;
  for (const auto& [words, times] : other.statuses) {
    statuses[words] += times;
  }
}

std::string message_of(const RowOutcome& outcome) {
  return outcome.detail.empty() ? outcome.error : format("{}{}{}", outcome.error, detail_mark, outcome.detail);
}

void write_shard(const ShardPaths& paths, const ShardPlan& plan, const ShardSpec& shard, const UrlRows& rows, ShardJournal& journal,
                 const DownloadOptions& options) {
  write_tar(paths.tar, plan, shard, rows, journal, options);
  write_parquet(paths.parquet, plan, shard, rows, journal, options.columns.hash_kind);
  const ShardStats stats = count_rows(shard, journal);
  write_file_atomically(paths.stats, Json{{"count", stats.count},
                                          {"successes", stats.successes},
                                          {"failed_to_download", stats.failed_to_download},
                                          {"failed_to_resize", stats.failed_to_resize},
                                          {"duration", 0.0},
                                          {"start_time", 0.0},
                                          {"end_time", 0.0},
                                          {"status_dict", stats.statuses}}
                                             .dump(4) +
                                         "\n");
}

ShardStats read_shard_stats(const fs::path& file) {
  const Json json = read_json_file(file);
  try {
    return {.count = json.at("count").get<uint64_t>(),
            .successes = json.at("successes").get<uint64_t>(),
            .failed_to_download = json.at("failed_to_download").get<uint64_t>(),
            .failed_to_resize = json.at("failed_to_resize").get<uint64_t>(),
            .statuses = json.at("status_dict").get<std::map<std::string, uint64_t>>()};
  } catch (const Json::exception& error) {
    fail(ErrorCode::bad_input, "{}: expected count, successes, failed_to_download, failed_to_resize and status_dict ({})", file.string(),
         error.what());
  }
}

void read_shard_rows(const fs::path& file, DigestKind hash, const std::function<void(uint64_t row, WrittenRow&&)>& take) {
  const std::shared_ptr<arrow::Table> table = read_table(file);
  const auto keys = column_of<arrow::StringArray>(*table, "key", file);
  const auto urls = column_of<arrow::StringArray>(*table, "url", file);
  const auto statuses = column_of<arrow::StringArray>(*table, "status", file);
  const auto messages = column_of<arrow::StringArray>(*table, "error_message", file);
  const auto exifs = column_of<arrow::StringArray>(*table, "exif", file);
  const auto hashes = column_of<arrow::StringArray>(*table, std::string(digest_kind_name(hash)), file);
  const auto widths = column_of<arrow::Int32Array>(*table, "width", file);
  const auto heights = column_of<arrow::Int32Array>(*table, "height", file);
  const auto original_widths = column_of<arrow::Int32Array>(*table, "original_width", file);
  const auto original_heights = column_of<arrow::Int32Array>(*table, "original_height", file);
  for (int64_t row = 0; row < table->num_rows(); ++row) {
    const std::optional<RowStatus> status = row_status_named(text_at(*statuses, row));
    if (!status) {
      fail(ErrorCode::bad_input, "{}: row {} has the status '{}', which there is not", file.string(), row, text_at(*statuses, row));
    }
    WrittenRow written{.key = text_at(*keys, row), .url = text_at(*urls, row), .outcome = {.status = *status}};
    if (*status == RowStatus::success) {
      written.outcome.width = widths->Value(row);
      written.outcome.height = heights->Value(row);
      written.outcome.original_width = original_widths->Value(row);
      written.outcome.original_height = original_heights->Value(row);
      written.outcome.exif = text_at(*exifs, row);
      written.outcome.hash = text_at(*hashes, row);
    } else {
      // Only these words have details behind a colon; "HTTP Error 404: Not Found" is one word.
      const std::string message = text_at(*messages, row);
      const size_t mark = *status == RowStatus::failed_to_resize ? message.find(detail_mark) : std::string::npos;
      written.outcome.error = message.substr(0, mark);
      written.outcome.detail = mark == std::string::npos ? std::string() : message.substr(mark + detail_mark.size());
    }
    take(static_cast<uint64_t>(row), std::move(written));
  }
}

void read_shard_pictures(const ShardPaths& paths, DigestKind hash, PictureFormat kind,
                         const std::function<void(uint64_t row, WrittenRow&&, const ReadPicture& picture)>& take) {
  const TarSource tar(paths.tar, {.max_member_bytes = most_member_bytes});
  std::unordered_map<std::string_view, const TarField*> pictures;
  for (const TarSample& sample : tar.samples()) {
    pictures.emplace(sample.key, sample.find(picture_format_name(kind)));
  }
  read_shard_rows(paths.parquet, hash, [&](uint64_t row, WrittenRow&& written) {
    const auto found = pictures.find(written.key);
    const TarField* const picture = found == pictures.end() ? nullptr : found->second;
    take(row, std::move(written), [&] { return picture == nullptr ? std::nullopt : std::optional(tar.read(*picture)); });
  });
}

}  // namespace darkroom
