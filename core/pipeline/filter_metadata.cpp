// SPDX-License-Identifier: Apache-2.0
// A file is the unit of resuming. What a value seen before was depends on all earlier files, so a finished one is read again (its needed
// columns only: fast) and just not written.
#include "core/pipeline/filter_metadata.h"

#include <xxhash.h>

#include <algorithm>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/columns/crossfilter.h"
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
  RowFilter filter(rules);
  const std::vector<MetadataColumn> needed = needed_columns(rules);
  const RowNames names = rules.keep.empty() && rules.drop.empty() ? RowNames::not_needed : RowNames::needed;
  uint64_t total = 0;
  for (const fs::path& file : files) {
    total += MetadataReader(file, needed, MetadataRead::needed, names).rows();
  }
  if (out) {
    fs::create_directories(*out);
  }
  FilterSummary summary;
  ProgressMeter meter(sink, "filter", total, "rows");
  std::string identity = to_json(rules).dump();
  std::vector<RowVerdict> verdicts;
  for (const fs::path& file : files) {
    identity = filter_identity(file, identity);
    const fs::path output = out ? *out / (file.stem().string() + ".parquet") : fs::path();
    if (out && fs::exists(output) && fs::equivalent(output, file)) {
      fail(ErrorCode::bad_input, "{}: the output would replace its own input; give another folder with --out", file.string());
    }
    const bool finished = out && is_filtered(*out, file, output, identity);
    const bool writes = out && !finished;
    MetadataReader reader(file, needed, writes ? MetadataRead::all : MetadataRead::needed, names);
    std::optional<MetadataWriter> writer;
    if (writes) {
      fs::remove(filter_marker(*out, file));
      writer.emplace(output, reader);
    }
    while (reader.next()) {
      cancel.check();
      const auto& columns = reader.batch().columns;
      require_names(rules, columns.contains(MetadataColumn::url) || columns.contains(MetadataColumn::key), file);
      filter.apply(reader.batch(), verdicts);
      if (writer) {
        writer->append(reader, verdicts);
      }
      meter.update(filter.counts().rows);
    }
    if (writer) {
      writer->finish();
      write_file_atomically(filter_marker(*out, file), Json{{"identity", identity}, {"bytes", fs::file_size(output)}}.dump() + "\n");
    }
    if (out) {
      summary.files.push_back(output);
      summary.files_skipped += finished ? 1 : 0;
    }
  }
  meter.finish();
  summary.counts = filter.counts();
  if (out) {
    Json inputs = Json::array();
    for (const fs::path& file : files) {
      inputs.push_back(file.filename().string());
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
