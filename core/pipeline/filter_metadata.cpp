// SPDX-License-Identifier: Apache-2.0
// A file is the unit of resuming. What a value seen before was depends on all earlier files, so a finished one is read again (its needed
// columns only: fast) and just not written.
#include "core/pipeline/filter_metadata.h"

#include <xxhash.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/columns/crossfilter.h"
#include "core/columns/worker_pool.h"
#include "core/pipeline/metadata_file.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* summary_name = "filter.json";

fs::path filter_marker(const fs::path& out, const fs::path& input) { return out / ("." + input.stem().string() + ".done.json"); }

// Names everything that the output of a file depends on: itself, the rules, and all files before it.
std::string filter_identity(const fs::path& file, const std::string& before) {
  const std::string text =
      format("{}\n{}\n{}\n{}", before, file.filename().string(), fs::file_size(file), fs::last_write_time(file).time_since_epoch().count());
  return format("{:016x}", XXH3_64bits(text.data(), text.size()));
}

bool is_filtered(const fs::path& out, const fs::path& input, const fs::path& output, const std::string& identity) {
  const fs::path marker = filter_marker(out, input);
  if (!fs::exists(marker) || !fs::exists(output)) {
    return false;
  }
  const Json done = Json::parse(read_file(marker), nullptr, false);
  return done.is_object() && done.value("identity", std::string()) == identity && done.value("bytes", uint64_t{0}) == fs::file_size(output);
}

// Each holds a batch of rows and what it is decoded from.
constexpr size_t most_threads = 8;

unsigned filter_threads(size_t files) {
  return static_cast<unsigned>(std::clamp<size_t>(std::min<size_t>(files, std::thread::hardware_concurrency()), 1, most_threads));
}

bool remembers_values(const FilterRules& rules) {
  return std::any_of(rules.rules.begin(), rules.rules.end(),
                     [](const FilterRule& rule) { return is_enabled(rule) && std::holds_alternative<UniqueRule>(rule); });
}

struct FilterJob {
  fs::path file;
  fs::path output;  // empty: only counts are wanted
  std::string identity;
  bool finished = false;  // by an earlier run
};

std::vector<FilterJob> plan_jobs(const std::vector<fs::path>& files, const FilterRules& rules, const std::optional<fs::path>& out) {
  std::vector<FilterJob> jobs;
  std::string identity = to_json(rules).dump();
  for (const fs::path& file : files) {
    identity = filter_identity(file, identity);
    FilterJob job{.file = file, .output = {}, .identity = identity};
    if (out) {
      job.output = *out / (file.stem().string() + ".parquet");
      if (fs::exists(job.output) && fs::equivalent(job.output, file)) {
        fail(ErrorCode::bad_input, "{}: the output would replace its own input; give another folder with --out", file.string());
      }
      job.finished = is_filtered(*out, file, job.output, identity);
    }
    jobs.push_back(job);
  }
  return jobs;
}

// Progress of files that are filtered side by side.
class RowMeter {
 public:
  RowMeter(const ProgressSink& sink, uint64_t total) : meter_(sink, "filter", total, "rows") {}

  void advance(uint64_t rows) {
    const std::lock_guard lock(mutex_);
    rows_ += rows;
    meter_.update(rows_);
  }
  void finish() { meter_.finish(); }

 private:
  std::mutex mutex_;
  ProgressMeter meter_;
  uint64_t rows_ = 0;
};

}  // namespace

std::vector<fs::path> metadata_inputs(const std::vector<fs::path>& inputs) {
  std::vector<fs::path> files;
  for (const fs::path& input : inputs) {
    if (fs::is_directory(input)) {
      std::vector<fs::path> inside;
      for (const fs::directory_entry& entry : fs::recursive_directory_iterator(input)) {
        if (entry.is_regular_file() && entry.path().extension() == ".parquet") {
          inside.push_back(entry.path());
        }
      }
      if (inside.empty()) {
        fail(ErrorCode::not_found, "{}: there is no .parquet file in this folder", input.string());
      }
      std::sort(inside.begin(), inside.end());
      files.insert(files.end(), inside.begin(), inside.end());
    } else if (fs::exists(input)) {
      files.push_back(input);
    } else {
      fail(ErrorCode::not_found, "{}: there is no such file or folder", input.string());
    }
  }
  std::set<fs::path> seen;
  std::set<std::string> names;
  std::vector<fs::path> once;
  for (const fs::path& file : files) {
    if (!seen.insert(fs::weakly_canonical(file)).second) {
      continue;
    }
    if (!names.insert(file.stem().string()).second) {
      fail(ErrorCode::bad_input, "{}: another input has the same file name, and both would be written to {}.parquet", file.string(),
           file.stem().string());
    }
    once.push_back(file);
  }
  return once;
}

FilterSummary filter_metadata(const std::vector<fs::path>& files, const FilterRules& rules, const std::optional<fs::path>& out,
                              const ProgressSink& sink, const CancelToken& cancel) {
  RowFilter in_order(rules);  // refuses a pattern that is none before a file is touched
  const std::vector<MetadataColumn> needed = needed_columns(rules);
  const RowNames names = rules.keep.empty() && rules.drop.empty() ? RowNames::not_needed : RowNames::needed;
  const std::vector<FilterJob> jobs = plan_jobs(files, rules, out);
  uint64_t total = 0;
  for (const fs::path& file : files) {
    total += MetadataReader(file, needed, MetadataRead::needed, names).rows();
  }
  if (out) {
    fs::create_directories(*out);
  }
  FilterSummary summary;
  RowMeter meter(sink, total);
  const auto filter_file = [&](RowFilter& filter, const FilterJob& job) {
    const bool writes = out && !job.finished;
    MetadataReader reader(job.file, needed, writes ? MetadataRead::all : MetadataRead::needed, names);
    std::optional<MetadataWriter> writer;
    if (writes) {
      fs::remove(filter_marker(*out, job.file));
      writer.emplace(job.output, reader);
    }
    std::vector<RowVerdict> verdicts;
    while (reader.next()) {
      cancel.check();
      const auto& columns = reader.batch().columns;
      require_names(rules, columns.contains(MetadataColumn::url) || columns.contains(MetadataColumn::key), job.file);
      filter.apply(reader.batch(), verdicts);
      if (writer) {
        writer->append(reader, verdicts);
      }
      meter.advance(verdicts.size());
    }
    if (writer) {
      writer->finish();
      write_file_atomically(filter_marker(*out, job.file),
                            Json{{"identity", job.identity}, {"bytes", fs::file_size(job.output)}}.dump() + "\n");
    }
  };
  if (remembers_values(rules)) {
    for (const FilterJob& job : jobs) {
      filter_file(in_order, job);
    }
    summary.counts = in_order.counts();
  } else {
    // A row's verdict depends on the row alone: files side by side.
    std::vector<FilterCounts> counts(jobs.size());
    WorkerPool(filter_threads(jobs.size())).run(jobs.size(), [&](size_t index) {
      RowFilter filter(rules);
      filter_file(filter, jobs[index]);
      counts[index] = filter.counts();
    });
    summary.counts = in_order.counts();
    for (const FilterCounts& one : counts) {
      summary.counts += one;
    }
  }
  meter.finish();
  if (out) {
    Json inputs = Json::array();
    for (const FilterJob& job : jobs) {
      summary.files.push_back(job.output);
      summary.files_skipped += job.finished ? 1 : 0;
      inputs.push_back(job.file.filename().string());
    }
    write_file_atomically(*out / summary_name,
                          Json{{"rules", to_json(rules)}, {"inputs", inputs}, {"counts", to_json(summary.counts, rules)}}.dump(2) + "\n");
  }
  return summary;
}

FilterSummary count_metadata(const std::vector<fs::path>& files, const FilterRules& rules, const fs::path& cache_root,
                             const ProgressSink& sink, const CancelToken& cancel) {
  const std::shared_ptr<const ColumnStore> store = ColumnStore::open_or_import(cache_root, files, {}, sink, cancel);
  Crossfilter filter(store, {.bins = 0});
  filter.set_rules(rules);
  while (!filter.result().pending.empty()) {
    const size_t rule = filter.result().pending.front();
    filter.add(scan_texts(*store, std::get<ColumnRule>(rules.rules[rule]), 0, sink, cancel));
  }
  FilterSummary summary;
  summary.counts = filter.result().counts;
  return summary;
}

Json to_json(const FilterCounts& counts, const FilterRules& rules) {
  Json dropped = Json::array();
  for (size_t i = 0; i < counts.rules.size(); ++i) {
    dropped.push_back(
        Json{{"rule", i}, {"text", describe(rules.rules[i])}, {"alone", counts.rules[i].alone}, {"in_order", counts.rules[i].in_order}});
  }
  return {{"rows", counts.rows},
          {"kept", counts.kept},
          {"kept_by_hand", counts.kept_by_hand},
          {"dropped_by_hand", counts.dropped_by_hand},
          {"dropped", dropped}};
}

}  // namespace darkroom
