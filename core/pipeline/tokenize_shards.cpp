// SPDX-License-Identifier: Apache-2.0
// A shard is the unit of work and of resuming: its folder appears by one rename, `done.json` (what it was made from) is written last.
#include "core/pipeline/tokenize_shards.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <set>
#include <span>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/utf8.h"
#include "core/dataset/arrow_dataset.h"
#include "core/dataset/tar_source.h"
#include "core/image/image_decode.h"
#include "core/text/clip_tokenizer.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* done_name = "done.json";
constexpr const char* stage_name = "tokenize";

// What a finished shard was made from; equal text means equal work.
Json shard_identity(const fs::path& shard, const TokenizeOptions& options) {
  return Json{{"shard", shard.filename().string()},
              {"bytes", fs::file_size(shard)},
              {"modified", fs::last_write_time(shard).time_since_epoch().count()},
              {"min_caption_chars", options.min_caption_chars}};
}

struct ShardResult {
  uint64_t rows = 0;
  std::vector<QuarantinedItem> quarantined;
};

// The result of an earlier run, when it was made from the same.
std::optional<ShardResult> read_finished(const fs::path& folder, const Json& identity) {
  const fs::path file = folder / done_name;
  if (!fs::exists(file)) {
    return std::nullopt;
  }
  const Json done = read_json_file(file);
  if (!done.is_object() || done.value("identity", Json()) != identity) {
    return std::nullopt;
  }
  ShardResult result{.rows = done.value("rows", uint64_t{0}), .quarantined = {}};
  for (const Json& item : done.value("quarantined", Json::array())) {
    result.quarantined.push_back(quarantined_item_from_json(item, file.string()));
  }
  return result;
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
  Json facts = Json::object();
  if (const TarField* json = sample.find("json")) {
    facts = Json::parse(tar.read(*json), nullptr, false);
    if (!facts.is_object()) {
      facts = Json::object();
    }
  }
  const auto fact = [&](const char* key) {
    return facts.contains(key) && facts[key].is_string() ? facts[key].get<std::string>() : std::string();
  };
  const TarField* text = sample.find("txt");
  record.caption = valid_utf8(trimmed(text != nullptr ? tar.read(*text) : fact("caption")));
  if (record.caption.empty()) {
    return "has no caption";
  }
  if (const int64_t characters = count_characters(record.caption); characters < options.min_caption_chars) {
    return format("its caption has {} characters; at least {} are asked for", characters, options.min_caption_chars);
  }
  const std::string bytes = tar.read(*image);
  try {
    const ImageInfo info = read_image_info(std::as_bytes(std::span(bytes.data(), bytes.size())), format("{}.{}", sample.key, image->name));
    record.width = info.shown_width();
    record.height = info.shown_height();
  } catch (const Error& error) {
    return error.what();
  }
  record.source = tar.path().filename().string();
  record.image_key = record.source + "::" + sample.key;
  record.category = valid_utf8(fact("category"));
  record.image_hash = image_content_hash(bytes);
  ClipTokenizer::builtin().encode_into(record.caption, record.input_ids.data(), record.attention_mask.data());
  return {};
}

ShardResult tokenize_shard(const fs::path& shard, const fs::path& folder, const TokenizeOptions& options, const CancelToken& cancel) {
  const Json identity = shard_identity(shard, options);
  const TarSource tar(shard);
  const std::string source = shard.filename().string();
  ShardResult result;
  for (const TarReject& reject : tar.rejects()) {
    result.quarantined.push_back({.stage = stage_name, .source = source, .item = reject.name, .reason = reject.reason});
  }
  ArrowDatasetWriter writer(folder);
  for (const TarSample& sample : tar.samples()) {
    cancel.check();
    ImageRecord record;
    if (const std::string reason = read_sample(tar, sample, options, record); reason.empty()) {
      writer.append(record);
    } else {
      result.quarantined.push_back({.stage = stage_name, .source = source, .item = sample.key, .reason = reason});
    }
  }
  writer.finish();
  result.rows = writer.rows();
  Json quarantined = Json::array();
  for (const QuarantinedItem& item : result.quarantined) {
    quarantined.push_back(to_json(item));
  }
  const Json done{{"identity", identity}, {"rows", result.rows}, {"quarantined", std::move(quarantined)}};
  write_file_atomically(folder / done_name, done.dump(1, ' ', false, Json::error_handler_t::replace));
  return result;
}

void check_names(const std::vector<fs::path>& shards) {
  std::set<std::string> names;
  for (const fs::path& shard : shards) {
    if (!fs::is_regular_file(shard)) {
      fail(ErrorCode::not_found, "{}: there is no such file", shard.string());
    }
    if (!names.insert(shard.filename().string()).second) {
      fail(ErrorCode::bad_input, "{}: another shard has the same file name; names must differ, as they are part of every image_key",
           shard.string());
    }
  }
}

}  // namespace

TokenizeSummary tokenize_shards(const std::vector<fs::path>& shards, const fs::path& work, const TokenizeOptions& options,
                                const ProgressSink& sink, const CancelToken& cancel) {
  check_names(shards);
  fs::create_directories(work);
  const size_t wanted = options.threads > 0 ? static_cast<size_t>(options.threads) : std::thread::hardware_concurrency();
  std::vector<std::optional<ShardResult>> results(shards.size());
  TokenizeSummary summary;
  ProgressMeter meter(sink, "tokenize captions", shards.size(), "shards");
  std::atomic<size_t> next{0};
  std::mutex mutex;  // guards results, summary, meter, failure
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
        const fs::path folder = work / shards[i].filename();
        auto result = read_finished(folder, shard_identity(shards[i], options));
        const bool skipped = result.has_value();
        if (!skipped) {
          result = tokenize_shard(shards[i], folder, options, cancel);
        }
        const std::lock_guard lock(mutex);
        summary.rows += result->rows;
        ++(skipped ? summary.shards_skipped : summary.shards_done);
        results[i] = std::move(result);
        meter.update(summary.shards_done + summary.shards_skipped, format("{} captions", summary.rows));
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
    summary.folders.push_back(work / shards[i].filename());
    auto& items = results[i]->quarantined;
    std::move(items.begin(), items.end(), std::back_inserter(summary.quarantined));
  }
  meter.finish(format("{} captions", summary.rows));
  return summary;
}

}  // namespace darkroom
