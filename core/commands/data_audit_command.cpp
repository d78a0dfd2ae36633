// SPDX-License-Identifier: Apache-2.0
// `data audit`, `data dedup`, `data stats`: looking at what is there.
#include <memory>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/commands/data_command.h"
#include "core/commands/data_stage.h"
#include "core/dataset/latent_index.h"
#include "core/pipeline/audit_shards.h"
#include "core/pipeline/dataset_statistics.h"
#include "core/pipeline/dedup_pictures.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr size_t most_words_shown = 15;

struct AuditCommand {
  std::vector<std::string> tars;
  std::vector<std::string> rows;
  std::string out;
  AuditOptions options;
};

void audit(const AuditCommand& command, CommandContext& context) {
  const AuditSummary summary = audit_shards(sorted_shards(command.tars), {command.rows.begin(), command.rows.end()}, command.out,
                                            command.options, context.output.sink(), context.cancel);
  Json findings = Json::object();
  std::string text = format("{}: {} of {} samples without a finding", command.out, summary.clean, summary.samples);
  for (const FindingKind kind : all_findings()) {
    const std::string name(finding_name(kind));
    findings[name] = summary.findings.at(name);
    if (summary.findings.at(name) > 0) {
      text += format("\n{:>9}  {}", summary.findings.at(name), name);
    }
  }
  text += format("\n{} says which and why", (fs::path(command.out) / "audit.jsonl").string());
  report_stage(context,
               {{"out", command.out},
                {"samples", summary.samples},
                {"clean", summary.clean},
                {"rows", summary.rows},
                {"shards_skipped", summary.shards_skipped},
                {"findings", std::move(findings)}},
               text);
}

struct DedupCommand {
  std::vector<std::string> inputs;
  std::string out;
  std::string keep = "largest";
  DedupOptions options;
};

KeepRule keep_rule_named(const std::string& name) {
  if (name == "aesthetic") {
    return KeepRule::aesthetic;
  }
  return name == "first" ? KeepRule::first : KeepRule::largest;
}

void dedup(const DedupCommand& command, CommandContext& context) {
  std::vector<std::string> tars;
  std::vector<fs::path> inputs;
  for (const std::string& input : command.inputs) {
    if (fs::path(input).extension() == ".tar") {
      tars.push_back(input);
    } else {
      inputs.emplace_back(input);
    }
  }
  const fs::path out = command.out;
  if (!tars.empty()) {
    const TokenizeSummary rows =
        tokenize_shards(sorted_shards(tars), out / ".rows", {.threads = command.options.threads}, context.output.sink(), context.cancel);
    inputs.insert(inputs.end(), rows.files.begin(), rows.files.end());
  }
  DedupOptions options = command.options;
  options.keep = keep_rule_named(command.keep);
  const DedupSummary summary = dedup_pictures(inputs, out, options, context.output.sink(), context.cancel);
  std::string text =
      format("{}: {} groups of near-duplicates among {} pictures; {} to drop", command.out, summary.groups, summary.rows, summary.dropped);
  if (summary.without_hash > 0) {
    text += format("\n{} rows have no perceptual hash and were not compared", summary.without_hash);
  }
  text += format("\n{} drops them: data filter --rules, or data arrow --drop", (out / "rules.json").string());
  report_stage(context,
               {{"out", command.out},
                {"rows", summary.rows},
                {"without_hash", summary.without_hash},
                {"groups", summary.groups},
                {"dropped", summary.dropped}},
               text);
}

struct StatsCommand {
  std::vector<std::string> inputs;
  std::string out;
  int64_t most = 50;
};

// Of the datasets among the inputs that have latents.
Json latents_json(const std::vector<std::string>& inputs, std::string& text) {
  Json all = Json::array();
  for (const std::string& input : inputs) {
    const fs::path folder = fs::path(input) / "latents";
    if (!fs::exists(folder / latent_recipe_name)) {
      continue;
    }
    const LatentStore store(folder);
    const LatentStatistics statistics = store.statistics();
    const std::vector<std::string> remarks = latent_scale_remarks(statistics, store.recipe().scaling_factor);
    all.push_back(Json{{"dataset", input},
                       {"count", statistics.count},
                       {"shape", store.recipe().shape},
                       {"mean", statistics.mean},
                       {"std", statistics.std},
                       {"remarks", remarks}});
    text += format("\nlatents of {}: {}, mean {:.3f}, std {:.3f}", input, statistics.count, fmt::join(statistics.mean, " "),
                   fmt::join(statistics.std, " "));
    for (const std::string& remark : remarks) {
      text += "\n" + remark;
    }
  }
  return all;
}

std::string summary_line(const char* name, const NumberSummary& summary) {
  return format("\n{:<16}{:>10.2f}{:>10.2f}{:>10.2f}{:>10.2f}{:>10.2f}{:>10.2f}", name, summary.min, summary.p5, summary.median,
                summary.mean, summary.p95, summary.max);
}

void stats(const StatsCommand& command, CommandContext& context) {
  const std::vector<fs::path> inputs(command.inputs.begin(), command.inputs.end());
  const DatasetStatistics statistics = dataset_statistics(inputs, static_cast<size_t>(command.most), context.output.sink(), context.cancel);
  std::string text = format("{} rows, {} captions longer than the text encoder sees", statistics.rows, statistics.cut_captions);
  text += format("\n{:<16}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}", "", "min", "5 %", "median", "mean", "95 %", "max");
  text += summary_line("width", statistics.width) + summary_line("height", statistics.height) + summary_line("aspect", statistics.aspect) +
          summary_line("caption chars", statistics.caption_chars) + summary_line("tokens", statistics.tokens);
  if (statistics.with_aesthetic > 0) {
    text += summary_line("aesthetic", statistics.aesthetic);
  }
  text += format("\n{} different words, most often:", statistics.different_words);
  for (size_t i = 0; i < std::min(statistics.words.size(), most_words_shown); ++i) {
    text += format(" {} ({})", statistics.words[i].name, statistics.words[i].count);
  }
  text += format("\n{} sources{}", statistics.sources.size(),
                 statistics.sources.size() == static_cast<size_t>(command.most) ? " and more" : "");
  Json fields = to_json(statistics);
  fields["latents"] = latents_json(command.inputs, text);
  if (!command.out.empty()) {
    write_file_atomically(command.out, fields.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  }
  report_stage(context, std::move(fields), text);
}

}  // namespace

void add_data_audit_command(CLI::App& data, CommandContext& context) {
  auto options = std::make_shared<AuditCommand>();
  CLI::App* command =
      add_command(data, context, "audit", "Decodes every picture of tars and reports what is wrong with them and their rows");
  command->add_option("tars", options->tars, "Tars of pictures with captions")->required()->check(CLI::ExistingFile);
  command->add_option("--rows", options->rows, "Parquet batches or datasets made from them: keys, captions and pictures are compared")
      ->check(CLI::ExistingPath);
  command->add_option("--out", options->out, "Folder of the report to make or to go on with")->required();
  command->add_option("--tiny", options->options.check.tiny_side, "A shorter side below it counts as tiny, px")
      ->check(CLI::Range(0, 32768));
  command->add_option("--flat", options->options.check.flat_std, "A spread of the values below it counts as flat, 0 to 127.5");
  command->add_option("--threads", options->options.threads, "Threads that decode; 0: one a core")->check(CLI::Range(0, 1024));
  command->callback(
      [&context, options] { context.action = [&context, options] { run_stage(options->out, [&] { audit(*options, context); }); }; });
}

void add_data_dedup_command(CLI::App& data, CommandContext& context) {
  auto options = std::make_shared<DedupCommand>();
  CLI::App* command = add_command(data, context, "dedup", "Which pictures are there more than once, by perceptual hash, and which to keep");
  command->add_option("inputs", options->inputs, "Tars, parquet batches with hashes, or datasets")->required()->check(CLI::ExistingPath);
  command->add_option("--out", options->out, "Folder for groups.jsonl and rules.json")->required();
  command->add_option("--distance", options->options.distance, "Bits of 64 in which hashes may differ")
      ->check(CLI::Range(0, largest_hash_distance));
  command->add_option("--keep", options->keep, "What makes a picture the one to keep")
      ->check(CLI::IsMember({"largest", "aesthetic", "first"}));
  command->add_option("--threads", options->options.threads, "Threads; 0: one a core")->check(CLI::Range(0, 1024));
  command->callback(
      [&context, options] { context.action = [&context, options] { run_stage(options->out, [&] { dedup(*options, context); }); }; });
}

void add_data_stats_command(CLI::App& data, CommandContext& context) {
  auto options = std::make_shared<StatsCommand>();
  CLI::App* command = add_command(data, context, "stats", "Sizes, shapes, captions, words, sources and latents of rows");
  command->add_option("inputs", options->inputs, "Parquet batches or datasets")->required()->check(CLI::ExistingPath);
  command->add_option("--out", options->out, "File for the statistics as JSON");
  command->add_option("--most", options->most, "Entries a list has at most")->check(CLI::Range(1, 100'000));
  command->callback([&context, options] { context.action = [&context, options] { stats(*options, context); }; });
}

}  // namespace darkroom
