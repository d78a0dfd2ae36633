// SPDX-License-Identifier: Apache-2.0
// The rules are those of the peers' figures: aesthetic, similarity, the smaller side, watermark, NSFW.
#include "core/engine/bench_filter.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <optional>

#include "core/base/format.h"
#include "core/columns/crossfilter.h"
#include "core/engine/bench_runs.h"
#include "core/pipeline/filter_metadata.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr int drag_steps = 200;

FilterRules five_rules(double least_aesthetic) {
  using enum MetadataColumn;
  return {.rules = {ColumnRule{.column = aesthetic, .min = least_aesthetic}, ColumnRule{.column = similarity, .min = 0.28},
                    ColumnRule{.column = width, .min = 512}, ColumnRule{.column = height, .min = 512},
                    ColumnRule{.column = watermark, .below = 0.5}, ColumnRule{.column = nsfw, .below = 0.1}},
          .keep = {},
          .drop = {}};
}

// A folder for the cache, beside nothing else, that goes with the bench.
class ScratchFolder {
 public:
  ScratchFolder() : path_(fs::temp_directory_path() / format("darkroom-bench-{}", getpid())) { fs::create_directories(path_); }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

template <typename Work>
double seconds_of(Work&& work) {
  const double started = monotonic_seconds();
  work();
  return monotonic_seconds() - started;
}

// Counting anew from the columns: the crossfilter keeps the bits of rules that it knows, so every round moves every threshold a little.
Timing time_counting(const BenchSettings& settings, const std::shared_ptr<const ColumnStore>& store, unsigned threads) {
  Crossfilter filter(store, {.threads = threads, .bins = 0});
  return time_runs(
      settings, [](int64_t) {},
      [&](int64_t run) {
        FilterRules rules = five_rules(5.0);
        for (FilterRule& rule : rules.rules) {
          auto& column = std::get<ColumnRule>(rule);
          for (std::optional<double>* bound : {&column.min, &column.below}) {
            if (*bound) {
              **bound += 1e-9 * static_cast<double>(run + 1);
            }
          }
        }
        filter.set_rules(rules);
      });
}

}  // namespace

BenchFigures bench_filter(const BenchSettings& settings) {
  if (settings.file.empty()) {
    fail(ErrorCode::usage, "filter needs image metadata: give a parquet file, or a folder of them, with --file.");
  }
  const std::vector<fs::path> files = metadata_inputs({settings.file});
  const ScratchFolder scratch;
  const ProgressSink quiet = [](const Progress&) {};
  const double processor_before = processor_seconds();
  std::shared_ptr<const ColumnStore> store;
  const double import_s = seconds_of([&] { store = ColumnStore::open_or_import(scratch.path(), files, {}, quiet, settings.cancel); });
  const double import_processor_s = processor_seconds() - processor_before;
  store.reset();
  const double open_s = seconds_of([&] { store = ColumnStore::open(scratch.path(), files); });
  const auto rows = static_cast<int64_t>(store->rows());

  const Timing all = time_counting(settings, store, 0);
  const Timing one = time_counting(settings, store, 1);
  Crossfilter filter(store);
  const double first_s = seconds_of([&] { filter.set_rules(five_rules(5.0)); });
  const uint64_t kept = filter.result().counts.kept;
  std::vector<double> steps;
  for (int step = 0; step < drag_steps; ++step) {
    settings.cancel.check();
    steps.push_back(seconds_of([&] { filter.set_rules(five_rules(4.0 + 0.01 * step)); }));
  }
  std::vector<double> jumps;
  for (int jump = 0; jump < 20; ++jump) {
    settings.cancel.check();
    jumps.push_back(seconds_of([&] { filter.set_rules(five_rules(jump % 2 == 0 ? 4.0 : 5.5)); }));
  }
  BenchFigures result = figures(settings, all, torch::kFloat32, {rows},
                                {{"rows_per_s", static_cast<double>(rows) / all.min_s},
                                 {"rows_per_s_core", static_cast<double>(rows) / one.min_s},
                                 {"kept", kept},
                                 {"import_s", import_s},
                                 {"import_rows_per_s", static_cast<double>(rows) / import_s},
                                 {"import_rows_per_s_core", static_cast<double>(rows) / import_processor_s},
                                 {"open_ms", open_s * 1e3},
                                 {"first_histograms_ms", first_s * 1e3},
                                 {"drag_ms", median_of(steps) * 1e3},
                                 {"drag_worst_ms", *std::max_element(steps.begin(), steps.end()) * 1e3},
                                 {"jump_ms", median_of(jumps) * 1e3},
                                 {"cache_bytes", store->bytes_on_disk()}});
  result.device = "cpu";
  result.dtype = "mixed";
  return result;
}

}  // namespace darkroom
