// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/dedup_pictures.h"

#include <limits>
#include <tuple>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/dataset/record_reader.h"
#include "core/filter/filter_rules.h"
#include "core/filter/seen_values.h"
#include "core/image/perceptual_hash.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr float no_score = -std::numeric_limits<float>::infinity();

struct Candidate {
  std::string key;
  int64_t pixels = 0;
  float aesthetic = no_score;
};

bool is_better(const Candidate& a, const Candidate& b, KeepRule rule) {
  switch (rule) {
    case KeepRule::largest:
      return std::tuple(a.pixels, a.aesthetic) > std::tuple(b.pixels, b.aesthetic);
    case KeepRule::aesthetic:
      return std::tuple(a.aesthetic, a.pixels) > std::tuple(b.aesthetic, b.pixels);
    case KeepRule::first:
      return false;
  }
  return false;
}

}  // namespace

DedupSummary dedup_pictures(const std::vector<fs::path>& given, const fs::path& out, const DedupOptions& options, const ProgressSink& sink,
                            const CancelToken& cancel) {
  const std::vector<fs::path> inputs = record_inputs(given);
  fs::create_directories(out);
  DedupSummary summary;
  ProgressMeter meter(sink, "read hashes", count_rows(inputs), "pictures");
  std::vector<uint64_t> hashes;
  std::vector<Candidate> pictures;
  SeenValues keys;
  for (const fs::path& input : inputs) {
    RecordReader reader(input);
    for (ImageRecord record; reader.next(record);) {
      cancel.check();
      meter.update(++summary.rows);
      if (!keys.add(record.image_key)) {
        fail(ErrorCode::bad_input, "{}: the image_key {} stands twice", input.string(), record.image_key);
      }
      if (!record.phash) {
        ++summary.without_hash;
        continue;
      }
      hashes.push_back(*record.phash);
      pictures.push_back(
          {.key = record.image_key, .pixels = int64_t{record.width} * record.height, .aesthetic = record.aesthetic.value_or(no_score)});
    }
  }
  meter.finish();
  if (summary.rows > 0 && summary.without_hash == summary.rows) {
    fail(ErrorCode::bad_input, "{}: no row has a perceptual hash; give the tars, or tokenise them with --phash on",
         inputs.front().string());
  }
  const std::vector<uint32_t> firsts = near_duplicate_groups(hashes, options.distance, options.threads, cancel);
  std::vector<uint32_t> best(firsts.size());  // of each group, at the place of its first picture
  std::vector<std::vector<uint32_t>> members(firsts.size());
  for (uint32_t i = 0; i < firsts.size(); ++i) {
    if (firsts[i] == i) {
      best[i] = i;
      continue;
    }
    members[firsts[i]].push_back(i);
    if (is_better(pictures[i], pictures[best[firsts[i]]], options.keep)) {
      best[firsts[i]] = i;
    }
  }
  const fs::path groups_file = out / "groups.jsonl";
  const fs::path partial = out / "groups.jsonl.partial";
  DurableFile groups(partial);
  FilterRules rules;
  for (uint32_t first = 0; first < firsts.size(); ++first) {
    if (members[first].empty()) {
      continue;
    }
    ++summary.groups;
    Json drop = Json::array();
    members[first].insert(members[first].begin(), first);
    for (const uint32_t member : members[first]) {
      if (member != best[first]) {
        drop.push_back(Json{{"key", pictures[member].key}, {"distance", hash_distance(hashes[member], hashes[best[first]])}});
        rules.drop.push_back(pictures[member].key);
      }
    }
    summary.dropped += drop.size();
    const Json line{{"keep", pictures[best[first]].key}, {"drop", std::move(drop)}};
    groups.write(line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  }
  groups.sync_and_close();
  rename_durably(partial, groups_file);
  write_file_atomically(out / "rules.json", to_json(rules).dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  return summary;
}

}  // namespace darkroom
