// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "core/base/format.h"
#include "core/commands/data_command.h"
#include "core/pipeline/filter_metadata.h"

namespace darkroom {
namespace {

struct FilterOptions {
  std::vector<std::string> inputs;
  std::string rules;
  std::string out;
  bool count = false;
  std::string columns;
};

std::string counts_text(const FilterSummary& summary, const FilterRules& rules) {
  const FilterCounts& counts = summary.counts;
  std::string text = format("{} of {} rows kept ({:.2f} %)", counts.kept, counts.rows,
                            counts.rows > 0 ? 100.0 * static_cast<double>(counts.kept) / static_cast<double>(counts.rows) : 0.0);
  text += "\n      alone    in order  rule";
  for (size_t i = 0; i < counts.rules.size(); ++i) {
    text += format("\n{:>11} {:>11}  {}{}", counts.rules[i].alone, counts.rules[i].in_order, describe(rules.rules[i]),
                   is_enabled(rules.rules[i]) ? "" : " (off)");
  }
  if (counts.kept_by_hand + counts.dropped_by_hand > 0) {
    text += format("\nby hand: {} kept, {} dropped", counts.kept_by_hand, counts.dropped_by_hand);
  }
  if (summary.files_skipped > 0) {
    text += format("\n{} of {} files were finished by an earlier run", summary.files_skipped, summary.files.size());
  }
  return text;
}

void filter(const FilterOptions& options, CommandContext& context) {
  if (options.count == !options.out.empty()) {
    fail(ErrorCode::usage, "Give either --out (a folder for the kept rows) or --count (only counts).");
  }
  if (!options.columns.empty() && !options.count) {
    fail(ErrorCode::usage, "--columns is for --count: rows are written from the files themselves.");
  }
  const FilterRules rules = read_filter_rules(options.rules);
  const std::vector<std::filesystem::path> inputs(options.inputs.begin(), options.inputs.end());
  const std::optional<std::filesystem::path> out = options.count ? std::nullopt : std::optional<std::filesystem::path>(options.out);
  try {
    const FilterSummary summary =
        options.columns.empty() ? filter_metadata(metadata_inputs(inputs), rules, out, context.output.sink(), context.cancel)
                                : count_metadata(metadata_inputs(inputs), rules, options.columns, context.output.sink(), context.cancel);
    Json fields = to_json(summary.counts, rules);
    if (out) {
      fields["out"] = options.out;
      fields["files"] = summary.files.size();
      fields["files_skipped"] = summary.files_skipped;
    }
    context.output.done(std::move(fields), counts_text(summary, rules));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::cancelled || options.count) {
      throw;
    }
    fail(ErrorCode::interrupted, "{}: stopped; finished files stay. The same command goes on from there.", options.out);
  }
}

}  // namespace

void add_data_filter_command(CLI::App& data, CommandContext& context) {
  auto options = std::make_shared<FilterOptions>();
  CLI::App* command = add_command(data, context, "filter", "Metadata (parquet) -> the rows that rules keep, and what each rule dropped");
  command->add_option("inputs", options->inputs, "Parquet files, or folders of them")->required();
  command->add_option("--rules", options->rules, "rules.json, as the studio writes it")->required();
  command->add_option("--out", options->out, "Folder for the kept rows, a file an input");
  command->add_flag("--count", options->count, "Only count; nothing is written");
  command->add_option("--columns", options->columns, "Folder of column caches: made by the first count, then --count reads no files");
  command->callback([&context, options] { context.action = [&context, options] { filter(*options, context); }; });
}

}  // namespace darkroom
