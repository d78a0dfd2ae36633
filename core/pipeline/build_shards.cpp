// SPDX-License-Identifier: Apache-2.0
// While one batch is decoded and encoded on all threads, the next is read; results are written in the order of the source.
#include "core/pipeline/build_shards.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <span>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/utf8.h"
#include "core/dataset/image_record.h"
#include "core/image/image_decode.h"
#include "core/image/image_encode.h"
#include "core/source/tar_writer.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* shards_stage = "shards";
constexpr size_t batch_pictures = 128;
constexpr uint64_t batch_bytes = uint64_t{64} << 20;  // of files; two batches are held

struct Made {
  std::string key;
  std::string jpeg;  // empty: left out
  std::string caption;
  std::string json;
  std::string reason;
};

Json crop_json(const Rectangle& part) { return Json::array({part.x, part.y, part.width, part.height}); }

Made make_sample(const SourcePicture& picture, const ShardOptions& options) {
  Made made{.key = picture.key, .jpeg = {}, .caption = valid_utf8(std::string(trimmed(picture.caption))), .json = {}, .reason = {}};
  if (made.caption.empty()) {
    made.reason = "has no caption";
    return made;
  }
  if (const int64_t characters = count_characters(made.caption); characters < options.min_caption_chars) {
    made.reason = format("its caption has {} characters; at least {} are asked for", characters, options.min_caption_chars);
    return made;
  }
  try {
    const Image image = decode_image(std::as_bytes(std::span(picture.bytes.data(), picture.bytes.size())), picture.key);
    const Rectangle part = square_part(image.width, image.height, picture.box);
    if (part.width < options.min_side) {
      made.reason = format("the part that would be used has {0}x{0} pixels; at least {1} are asked for", part.width, options.min_side);
      return made;
    }
    Json facts = picture.facts;
    facts["source_key"] = valid_utf8(picture.key);
    facts["source_hash"] = image_content_hash(picture.bytes);
    facts["original_width"] = image.width;
    facts["original_height"] = image.height;
    facts["crop"] = crop_json(part);
    made.jpeg = encode_image(resize_image(crop_image(image, part), options.size, options.size), ImageFormat::jpeg, {}, options.quality);
    made.json = facts.dump(-1, ' ', false, Json::error_handler_t::replace);
  } catch (const Error& error) {
    made.reason = error.what();
  }
  return made;
}

std::vector<Made> make_batch(const std::vector<SourcePicture>& batch, const ShardOptions& options, int threads) {
  std::vector<Made> made(batch.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < batch.size(); i = next++) {
      made[i] = make_sample(batch[i], options);
    }
  };
  std::vector<std::jthread> others;
  for (int i = 1; i < threads; ++i) {
    others.emplace_back(work);
  }
  work();
  others.clear();
  return made;
}

// What a finished shard was made from.
Json part_identity(const SourcePart& part, const ShardOptions& options) {
  return Json{{"part", part.name},          {"identity", part.identity},
              {"size", options.size},       {"min_side", options.min_side},
              {"quality", options.quality}, {"min_caption_chars", options.min_caption_chars}};
}

/// One shard while it is written.
class Shard {
 public:
  Shard(const fs::path& out, const SourcePart& part, Json identity)
      : tar_(out / (part.name + ".tar")),
        stats_(out / (part.name + "_stats.json")),
        name_(part.name),
        identity_(std::move(identity)),
        writer_(tar_) {
    fs::remove(stats_);
  }

  void add(const std::vector<Made>& batch, std::vector<QuarantinedItem>& quarantined) {
    for (const Made& sample : batch) {
      const std::string key = format("{:09}", number_++);
      if (!sample.reason.empty()) {
        const QuarantinedItem item{.stage = shards_stage, .source = name_, .item = sample.key, .reason = sample.reason};
        rejects_.push_back(to_json(item));
        quarantined.push_back(item);
        continue;
      }
      writer_.add(key + ".jpg", sample.jpeg);
      writer_.add(key + ".json", sample.json);
      writer_.add(key + ".txt", sample.caption);
      ++written_;
    }
  }

  uint64_t finish() {
    writer_.finish();
    write_file_atomically(
        stats_,
        Json{
            {"count", number_}, {"successes", written_}, {"bytes", fs::file_size(tar_)}, {"identity", identity_}, {"quarantined", rejects_}}
                .dump(1) +
            "\n");
    return written_;
  }

 private:
  fs::path tar_;
  fs::path stats_;
  std::string name_;
  Json identity_;
  TarWriter writer_;
  Json rejects_ = Json::array();
  uint64_t number_ = 0;
  uint64_t written_ = 0;
};

std::optional<Json> read_finished_part(const fs::path& out, const SourcePart& part, const Json& identity) {
  const fs::path stats = out / (part.name + "_stats.json");
  const fs::path tar = out / (part.name + ".tar");
  if (!fs::exists(stats) || !fs::exists(tar)) {
    return std::nullopt;
  }
  Json done = Json::parse(read_file(stats), nullptr, false);
  const bool same =
      done.is_object() && done.value("identity", Json()) == identity && done.value("bytes", uint64_t{0}) == fs::file_size(tar);
  return same ? std::optional(std::move(done)) : std::nullopt;
}

}  // namespace

Rectangle square_part(int width, int height, const std::optional<Rectangle>& box) {
  const int shorter = std::min(width, height);
  if (!box) {
    return {.x = (width - shorter) / 2, .y = (height - shorter) / 2, .width = shorter, .height = shorter};
  }
  const int side = std::clamp(std::max(box->width, box->height), 1, shorter);
  return {.x = std::clamp(box->x + (box->width - side) / 2, 0, width - side),
          .y = std::clamp(box->y + (box->height - side) / 2, 0, height - side),
          .width = side,
          .height = side};
}

ShardSummary build_shards(const PictureSource& source, const fs::path& out, const ShardOptions& options, const ProgressSink& sink,
                          const CancelToken& cancel) {
  fs::create_directories(out);
  const int threads = options.threads > 0 ? options.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  std::optional<uint64_t> total = 0;
  for (const SourcePart& part : source.parts()) {
    total = total && part.pictures > 0 ? std::optional(*total + part.pictures) : std::nullopt;
  }
  ShardSummary summary;
  ProgressMeter meter(sink, shards_stage, total, "pictures");
  uint64_t seen = 0;
  for (size_t index = 0; index < source.parts().size(); ++index) {
    const SourcePart& part = source.parts()[index];
    const Json identity = part_identity(part, options);
    summary.shards.push_back(out / (part.name + ".tar"));
    if (const std::optional<Json> done = read_finished_part(out, part, identity)) {
      for (const Json& item : done->value("quarantined", Json::array())) {
        summary.quarantined.push_back(quarantined_item_from_json(item, part.name + "_stats.json"));
      }
      summary.pictures += done->value("successes", uint64_t{0});
      seen += done->value("count", uint64_t{0});
      ++summary.shards_skipped;
      meter.update(seen);
      continue;
    }
    Shard shard(out, part, identity);
    std::future<std::vector<Made>> working;
    const auto settle = [&] {
      if (working.valid()) {
        shard.add(working.get(), summary.quarantined);
        meter.update(seen);
      }
    };
    std::vector<SourcePicture> batch;
    uint64_t bytes = 0;
    const auto flush = [&] {
      cancel.check();
      settle();
      seen += batch.size();
      bytes = 0;
      working = std::async(std::launch::async,
                           [made = std::exchange(batch, {}), &options, threads] { return make_batch(made, options, threads); });
    };
    source.read(index, [&](SourcePicture&& picture) {
      bytes += picture.bytes.size();
      batch.push_back(std::move(picture));
      if (batch.size() == batch_pictures || bytes >= batch_bytes) {
        flush();
      }
      return true;
    });
    flush();
    settle();
    summary.pictures += shard.finish();
  }
  meter.finish();
  write_quarantine(out / "quarantine.jsonl", summary.quarantined);
  return summary;
}

}  // namespace darkroom
