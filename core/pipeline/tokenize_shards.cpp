// SPDX-License-Identifier: Apache-2.0
// A shard is the unit of work and of resuming: its file appears by one rename, what it was made from is written last.
#include "core/pipeline/tokenize_shards.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <mutex>
#include <set>
#include <span>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/utf8.h"
#include "core/dataset/parquet_records.h"
#include "core/dataset/tar_source.h"
#include "core/filter/metadata_column.h"
#include "core/image/cropped_decode.h"
#include "core/image/perceptual_hash.h"
#include "core/pipeline/sample_text.h"
#include "core/pipeline/shard_work.h"
#include "core/text/clip_tokenizer.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* tokenize_stage = "tokenize";
constexpr const char* done_folder = ".done";

fs::path output_of(const fs::path& out, const fs::path& shard) { return out / (shard.stem().string() + ".tokens.parquet"); }
fs::path tokenize_marker(const fs::path& out, const fs::path& shard) { return out / done_folder / (shard.stem().string() + ".json"); }

// What a finished shard was made from; equal text means equal work.
Json tokenize_identity(const fs::path& shard, const TokenizeOptions& options) {
  Json identity = shard_identity(shard);
  identity["min_caption_chars"] = options.min_caption_chars;
  identity["perceptual_hash"] = options.perceptual_hash;
  return identity;
}

struct ShardResult {
  uint64_t rows = 0;
  std::vector<QuarantinedItem> quarantined;
};

// The result of an earlier run, when it was made from the same.
std::optional<ShardResult> read_finished_shard(const fs::path& out, const fs::path& shard, const Json& identity) {
  const fs::path marker = tokenize_marker(out, shard);
  const fs::path file = output_of(out, shard);
  if (!fs::exists(marker) || !fs::exists(file)) {
    return std::nullopt;
  }
  const Json done = Json::parse(read_file(marker), nullptr, false);
  if (!done.is_object() || done.value("identity", Json()) != identity || done.value("output_bytes", uint64_t{0}) != fs::file_size(file)) {
    return std::nullopt;
  }
  ShardResult result{.rows = done.value("rows", uint64_t{0}), .quarantined = {}};
  for (const Json& item : done.value("quarantined", Json::array())) {
    result.quarantined.push_back(quarantined_item_from_json(item, marker.string()));
  }
  return result;
}

std::optional<float> aesthetic_of(const Json& facts) {
  std::vector<std::string> names;
  for (const auto& [name, value] : facts.items()) {
    names.push_back(name);
  }
  for (const size_t index : find_metadata_columns(MetadataColumn::aesthetic, names)) {
    const Json& value = facts[names[index]];
    if (value.is_number() && std::isfinite(value.get<double>())) {
      return value.get<float>();
    }
  }
  return std::nullopt;
}

std::optional<uint64_t> hash_of(std::span<const std::byte> bytes, const std::string& where) {
  try {
    return perceptual_hash(decode_at_least(bytes, where, perceptual_hash_side));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::bad_input) {
      throw;
    }
    return std::nullopt;
  }
}

// The record of one sample, or why there is none.
std::string read_sample(const TarSource& tar, const TarSample& sample, const TokenizeOptions& options, ImageRecord& record) {
  const TarField* image = sample.image();
  if (image == nullptr) {
    return "has no picture (jpg, jpeg, png or webp)";
  }
  if (valid_utf8(sample.key) != sample.key) {
    return "its name is not valid UTF-8";
  }
  const SampleText text = read_sample_text(tar, sample);
  record.caption = text.caption;
  if (record.caption.empty()) {
    return "has no caption";
  }
  if (const int64_t characters = count_characters(record.caption); characters < options.min_caption_chars) {
    return format("its caption has {} characters; at least {} are asked for", characters, options.min_caption_chars);
  }
  const std::string file = tar.read(*image);
  const std::span<const std::byte> bytes = std::as_bytes(std::span(file.data(), file.size()));
  const std::string where = format("{}.{}", sample.key, image->name);
  try {
    const ImageInfo info = read_image_info(bytes, where);
    record.width = info.shown_width();
    record.height = info.shown_height();
  } catch (const Error& error) {
    return error.what();
  }
  record.source = tar.path().filename().string();
  record.image_key = record.source + "::" + sample.key;
  record.category = valid_utf8(text.fact("category"));
  record.image_hash = image_content_hash(file);
  record.phash = options.perceptual_hash ? hash_of(bytes, where) : std::nullopt;
  record.aesthetic = aesthetic_of(text.facts);
  ClipTokenizer::builtin().encode_into(record.caption, record.input_ids.data(), record.attention_mask.data());
  return {};
}

ShardResult tokenize_shard(const fs::path& shard, const fs::path& out, const TokenizeOptions& options, ShardPace& pace,
                           const CancelToken& cancel) {
  const Json identity = tokenize_identity(shard, options);
  const TarSource tar(shard);
  const std::string source = shard.filename().string();
  fs::remove(tokenize_marker(out, shard));
  ShardResult result;
  for (const TarReject& reject : tar.rejects()) {
    result.quarantined.push_back({.stage = tokenize_stage, .source = source, .item = reject.name, .reason = reject.reason});
  }
  ParquetRecordWriter writer(output_of(out, shard));
  uint64_t at = 0;
  for (const TarSample& sample : tar.samples()) {
    cancel.check();
    ImageRecord record;
    const std::string reason = read_sample(tar, sample, options, record);
    if (reason.empty()) {
      writer.append(record);
    } else {
      result.quarantined.push_back({.stage = tokenize_stage, .source = source, .item = sample.key, .reason = reason});
    }
    const uint64_t end = sample.fields.back().offset + sample.fields.back().size;
    pace.advance(end - at, reason.empty() ? 1 : 0);
    at = end;
  }
  writer.finish();
  result.rows = writer.rows();
  Json quarantined = Json::array();
  for (const QuarantinedItem& item : result.quarantined) {
    quarantined.push_back(to_json(item));
  }
  const Json done{{"identity", identity},
                  {"rows", result.rows},
                  {"output_bytes", fs::file_size(output_of(out, shard))},
                  {"quarantined", std::move(quarantined)}};
  write_file_atomically(tokenize_marker(out, shard), done.dump(1, ' ', false, Json::error_handler_t::replace));
  return result;
}

}  // namespace

TokenizeSummary tokenize_shards(const std::vector<fs::path>& shards, const fs::path& out, const TokenizeOptions& options,
                                const ProgressSink& sink, const CancelToken& cancel) {
  check_shards(shards);
  fs::create_directories(out / done_folder);
  const size_t wanted = options.threads > 0 ? static_cast<size_t>(options.threads) : std::thread::hardware_concurrency();
  std::vector<std::optional<ShardResult>> results(shards.size());
  TokenizeSummary summary;
  ShardPace pace(shards, sink, "tokenize captions", "captions");
  std::atomic<size_t> next{0};
  std::mutex mutex;  // guards results, summary, failure
  std::exception_ptr failure;
  const auto run = [&] {
    try {
      for (size_t i = next++; i < shards.size(); i = next++) {
        {
          const std::lock_guard lock(mutex);
          if (failure != nullptr) {
            return;
          }
        }
        cancel.check();
        auto result = read_finished_shard(out, shards[i], tokenize_identity(shards[i], options));
        const bool skipped = result.has_value();
        if (skipped) {
          pace.advance(fs::file_size(shards[i]), result->rows);
        } else {
          result = tokenize_shard(shards[i], out, options, pace, cancel);
        }
        const std::lock_guard lock(mutex);
        summary.rows += result->rows;
        ++(skipped ? summary.shards_skipped : summary.shards_done);
        results[i] = std::move(result);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = failure ? failure : std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(std::max<size_t>(wanted, 1), shards.size()); ++i) {
    threads.emplace_back(run);
  }
  run();
  for (std::thread& thread : threads) {
    thread.join();
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
  for (size_t i = 0; i < shards.size(); ++i) {
    summary.files.push_back(output_of(out, shards[i]));
    auto& items = results[i]->quarantined;
    std::move(items.begin(), items.end(), std::back_inserter(summary.quarantined));
  }
  write_quarantine(out / quarantine_name, summary.quarantined);
  pace.finish();
  return summary;
}

}  // namespace darkroom
