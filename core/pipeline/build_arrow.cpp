// SPDX-License-Identifier: Apache-2.0
// The validation rows are those with the smallest keyed hash of their picture: no shuffling, no state, and copies of a picture stay
// together.
#include "core/pipeline/build_arrow.h"

#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/mapped_file.h"
#include "core/dataset/dataset_layout.h"
#include "core/dataset/quarantine.h"
#include "core/dataset/record_reader.h"
#include "core/filter/filter_rules.h"
#include "core/filter/seen_values.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* arrow_stage = "arrow";

fs::path done_file_of(const fs::path& dataset) { return dataset / ".build" / "arrow.json"; }

uint64_t split_hash(std::string_view image_hash, uint64_t seed) { return XXH3_64bits_withSeed(image_hash.data(), image_hash.size(), seed); }

std::string file_hash(const fs::path& file) {
  const MappedFile map(file);
  return format("{:016x}", XXH3_64bits(map.bytes().data(), map.bytes().size()));
}

// Says what is in an input, whatever its name and time: the bytes of a parquet file, the fingerprint and sizes of a dataset.
Json input_identity(const fs::path& input) {
  if (!fs::is_directory(input)) {
    return file_hash(input);
  }
  Json identity = Json::array({file_hash(input / state_file_name)});
  for (const fs::path& file : arrow_files(input)) {
    identity.push_back(fs::exists(file) ? fs::file_size(file) : 0);
  }
  return identity;
}

// What the splits were made from; equal text means equal work.
Json recipe_of(const std::vector<fs::path>& inputs, const SplitOptions& options, const DropList& drop) {
  Json identities = Json::array();
  for (const fs::path& input : inputs) {
    identities.push_back(input_identity(input));
  }
  uint64_t dropped = 0;
  for (const std::string& key : drop.keys) {
    dropped ^= XXH3_64bits(key.data(), key.size());
  }
  return Json{{"inputs", std::move(identities)},
              {"validation_share", options.validation_share},
              {"validation_max", options.validation_max},
              {"seed", options.seed},
              {"near_distance", options.near_distance ? Json(*options.near_distance) : Json(nullptr)},
              {"drop", drop.keys.empty() ? Json(nullptr) : Json(format("{} keys, {:016x}", drop.keys.size(), dropped))}};
}

/// A number for each row that is kept, by which it is put on one side.
struct RowHashes {
  std::vector<uint64_t> split;
  std::vector<uint64_t> phash;       // of the rows in `with_phash`
  std::vector<uint64_t> with_phash;  // rows
  uint64_t dropped = 0;
};

RowHashes read_hashes(const std::vector<fs::path>& inputs, const SplitOptions& options, const DropList& drop, ProgressMeter& meter,
                      const CancelToken& cancel) {
  RowHashes hashes;
  SeenValues keys;
  uint64_t seen = 0;
  for (const fs::path& input : inputs) {
    RecordReader reader(input);
    for (ImageRecord record; reader.next(record);) {
      cancel.check();
      meter.update(++seen);
      if (!keys.add(record.image_key)) {
        fail(ErrorCode::bad_input, "{}: the image_key {} stands twice", input.string(), record.image_key);
      }
      if (drop.keys.contains(record.image_key)) {
        ++hashes.dropped;
        continue;
      }
      if (record.phash && options.near_distance) {
        hashes.phash.push_back(*record.phash);
        hashes.with_phash.push_back(hashes.split.size());
      }
      hashes.split.push_back(split_hash(record.image_hash.empty() ? record.image_key : record.image_hash, options.seed));
    }
  }
  return hashes;
}

// Gives every row of a group the number of the group's first row. Returns the number of groups of two and more.
uint64_t join_near_duplicates(RowHashes& hashes, int distance, const CancelToken& cancel) {
  const std::vector<uint32_t> firsts = near_duplicate_groups(hashes.phash, distance, 0, cancel);
  std::vector<bool> shared(firsts.size());
  for (size_t i = 0; i < firsts.size(); ++i) {
    if (firsts[i] != i) {
      shared[firsts[i]] = true;
      hashes.split[hashes.with_phash[i]] = hashes.split[hashes.with_phash[firsts[i]]];
    }
  }
  return static_cast<uint64_t>(std::count(shared.begin(), shared.end(), true));
}

// Pictures with a number below it validate; 0 when there is no validation split.
uint64_t split_border(std::vector<uint64_t> hashes, const SplitOptions& options) {
  const auto wanted =
      std::min(options.validation_max, static_cast<uint64_t>(std::llround(options.validation_share * static_cast<double>(hashes.size()))));
  if (wanted == 0) {
    return 0;
  }
  const auto border = hashes.begin() + static_cast<std::ptrdiff_t>(wanted);
  std::nth_element(hashes.begin(), border, hashes.end());
  return *border;
}

// What the stages before left out: their quarantine lies beside their files.
std::vector<QuarantinedItem> left_out_before(const std::vector<fs::path>& inputs) {
  std::vector<QuarantinedItem> items;
  std::set<fs::path> files;
  for (const fs::path& input : inputs) {
    const fs::path inside = input / quarantine_name;
    const fs::path file = fs::exists(inside) ? inside : input.parent_path() / quarantine_name;
    if (fs::exists(file) && files.insert(fs::weakly_canonical(file)).second) {
      std::vector<QuarantinedItem> more = read_quarantine(file);
      std::move(more.begin(), more.end(), std::back_inserter(items));
    }
  }
  return items;
}

}  // namespace

DropList read_drop_list(const fs::path& rules_file) {
  const FilterRules rules = read_filter_rules(rules_file);
  return {.keys = {rules.drop.begin(), rules.drop.end()}, .origin = rules_file.filename().string()};
}

Json arrow_recipe(const fs::path& dataset) {
  const fs::path file = done_file_of(dataset);
  return fs::exists(file) ? read_json_file(file).value("made_from", Json()) : Json();
}

BuildArrowSummary build_arrow(const std::vector<fs::path>& given, const fs::path& dataset, const SplitOptions& options,
                              const ProgressSink& sink, const CancelToken& cancel, const DropList& drop) {
  if (!(options.validation_share >= 0 && options.validation_share <= 0.5)) {
    fail(ErrorCode::usage, "The validation share must be from 0 to 0.5, got {}", options.validation_share);
  }
  const std::vector<fs::path> inputs = record_inputs(given);
  for (const fs::path& input : inputs) {
    for (const char* split : {"train", "validation"}) {
      if (fs::exists(dataset / split) && fs::equivalent(input, dataset / split)) {
        fail(ErrorCode::bad_input, "{}: the dataset would replace its own input; give another folder with --out", input.string());
      }
    }
  }
  const fs::path done_file = done_file_of(dataset);
  const Json recipe = recipe_of(inputs, options, drop);
  if (fs::exists(done_file)) {
    const Json done = read_json_file(done_file);
    if (done.is_object() && done.value("made_from", Json()) == recipe && fs::exists(dataset / dataset_dict_name)) {
      return {.train_rows = done.value("train", uint64_t{0}),
              .validation_rows = done.value("validation", uint64_t{0}),
              .near_groups = done.value("near_groups", uint64_t{0}),
              .dropped_rows = done.value("dropped", uint64_t{0}),
              .skipped = true};
    }
    fs::remove(done_file);
  }
  fs::create_directories(done_file.parent_path());
  ProgressMeter reading(sink, "read captions", count_rows(inputs), "captions");
  RowHashes hashes = read_hashes(inputs, options, drop, reading, cancel);
  if (hashes.split.empty()) {
    fail(ErrorCode::bad_input, "The inputs hold no captioned picture at all; quarantine.jsonl says why each sample was left out");
  }
  const uint64_t groups = options.near_distance ? join_near_duplicates(hashes, *options.near_distance, cancel) : 0;
  const uint64_t border = split_border(hashes.split, options);

  ProgressMeter meter(sink, "build Arrow", hashes.split.size(), "captions");
  std::vector<QuarantinedItem> quarantined = left_out_before(inputs);
  ArrowDatasetWriter train(dataset / "train");
  ArrowDatasetWriter validation(dataset / "validation");
  uint64_t row = 0;
  for (const fs::path& input : inputs) {
    RecordReader reader(input);
    for (ImageRecord record; reader.next(record);) {
      cancel.check();
      if (drop.keys.contains(record.image_key)) {
        quarantined.push_back(
            {.stage = arrow_stage, .source = record.source, .item = record.image_key, .reason = format("{} drops it", drop.origin)});
        continue;
      }
      (hashes.split[row] < border ? validation : train).append(record);
      meter.update(++row);
    }
  }
  std::vector<std::string> splits{"train"};
  train.finish();
  if (validation.rows() > 0) {
    validation.finish();
    splits.emplace_back("validation");
  } else {
    fs::remove_all(dataset / "validation");
    fs::remove_all(dataset / "validation.tmp");
  }
  write_dataset_dict(dataset, splits);
  write_quarantine(dataset / quarantine_name, quarantined);
  const BuildArrowSummary summary{.train_rows = train.rows(),
                                  .validation_rows = validation.rows(),
                                  .near_groups = groups,
                                  .dropped_rows = hashes.dropped,
                                  .skipped = false};
  write_file_atomically(done_file, Json{{"made_from", recipe},
                                        {"train", summary.train_rows},
                                        {"validation", summary.validation_rows},
                                        {"near_groups", summary.near_groups},
                                        {"dropped", summary.dropped_rows}}
                                       .dump(1));
  meter.finish();
  return summary;
}

}  // namespace darkroom
