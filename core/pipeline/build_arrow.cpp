// SPDX-License-Identifier: Apache-2.0
// The validation rows are those with the smallest keyed hash of their picture: no shuffling, no state, and copies of a picture stay
// together.
#include "core/pipeline/build_arrow.h"

#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/dataset/arrow_dataset.h"
#include "core/dataset/dataset_layout.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* done_name = "arrow.json";
constexpr const char* stage_name = "build Arrow";

uint64_t split_hash(std::string_view image_hash, uint64_t seed) { return XXH3_64bits_withSeed(image_hash.data(), image_hash.size(), seed); }

// What the splits were made from; equal text means equal work.
Json inputs_of(const std::vector<fs::path>& folders, const SplitOptions& options) {
  Json prints = Json::array();
  for (const fs::path& folder : folders) {
    prints.push_back(read_json_file(folder / state_file_name).value("_fingerprint", ""));
  }
  return Json{{"inputs", std::move(prints)},
              {"validation_share", options.validation_share},
              {"validation_max", options.validation_max},
              {"seed", options.seed}};
}

// Pictures with a hash below it validate; 0 when there is no validation split.
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

std::vector<uint64_t> collect_hashes(const std::vector<fs::path>& folders, uint64_t seed, const CancelToken& cancel) {
  std::vector<uint64_t> hashes;
  std::unordered_set<std::string> keys;
  for (const fs::path& folder : folders) {
    cancel.check();
    const ArrowDataset rows(folder);
    for (uint64_t row = 0; row < rows.size(); ++row) {
      if (!keys.emplace(rows.text("image_key", row)).second) {
        fail(ErrorCode::bad_input, "{}: the image_key {} stands twice", folder.string(), rows.text("image_key", row));
      }
      hashes.push_back(split_hash(rows.text("image_hash", row), seed));
    }
  }
  if (hashes.empty()) {
    fail(ErrorCode::bad_input, "The shards hold no captioned picture at all; quarantine.jsonl says why each sample was left out");
  }
  return hashes;
}

}  // namespace

BuildArrowSummary build_arrow(const std::vector<fs::path>& folders, const fs::path& dataset, const SplitOptions& options,
                              const ProgressSink& sink, const CancelToken& cancel) {
  if (!(options.validation_share >= 0 && options.validation_share <= 0.5)) {
    fail(ErrorCode::usage, "The validation share must be from 0 to 0.5, got {}", options.validation_share);
  }
  const fs::path done_file = dataset / ".build" / done_name;
  const Json inputs = inputs_of(folders, options);
  if (fs::exists(done_file)) {
    const Json done = read_json_file(done_file);
    if (done.is_object() && done.value("made_from", Json()) == inputs && fs::exists(dataset / dataset_dict_name)) {
      return {.train_rows = done.value("train", uint64_t{0}), .validation_rows = done.value("validation", uint64_t{0}), .skipped = true};
    }
    fs::remove(done_file);
  }
  fs::create_directories(done_file.parent_path());
  const std::vector<uint64_t> hashes = collect_hashes(folders, options.seed, cancel);
  const uint64_t border = split_border(hashes, options);

  ProgressMeter meter(sink, stage_name, hashes.size(), "captions");
  ArrowDatasetWriter train(dataset / "train");
  ArrowDatasetWriter validation(dataset / "validation");
  uint64_t row_number = 0;
  for (const fs::path& folder : folders) {
    const ArrowDataset rows(folder);
    for (uint64_t row = 0; row < rows.size(); ++row, ++row_number) {
      cancel.check();
      (hashes[row_number] < border ? validation : train).append(read_image_record(rows, row));
      meter.update(row_number + 1);
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
  const BuildArrowSummary summary{.train_rows = train.rows(), .validation_rows = validation.rows(), .skipped = false};
  write_file_atomically(done_file,
                        Json{{"made_from", inputs}, {"train", summary.train_rows}, {"validation", summary.validation_rows}}.dump(1));
  meter.finish();
  return summary;
}

}  // namespace darkroom
