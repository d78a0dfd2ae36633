// SPDX-License-Identifier: Apache-2.0
// `data tokenize` and `data arrow`: from tars to rows, from rows to a dataset folder.
#include <memory>

#include "core/base/format.h"
#include "core/commands/data_command.h"
#include "core/commands/data_stage.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

struct TokenizeTarsArguments {
  std::vector<std::string> tars;
  std::string out;
  TokenizeOptions options;
};

void tokenize_tars(const TokenizeTarsArguments& arguments, CommandContext& context) {
  const TokenizeSummary summary =
      tokenize_shards(sorted_shards(arguments.tars), arguments.out, arguments.options, context.output.sink(), context.cancel);
  std::string text = format("{}: {} captions of {} shards", arguments.out, summary.rows, summary.files.size());
  if (summary.shards_skipped > 0) {
    text += format("; {} shards were finished by an earlier run", summary.shards_skipped);
  }
  report_stage(context,
               {{"out", arguments.out},
                {"rows", summary.rows},
                {"files", summary.files.size()},
                {"shards_tokenized", summary.shards_done},
                {"shards_skipped", summary.shards_skipped},
                {"quarantined", summary.quarantined.size()}},
               text + quarantine_text(summary.quarantined.size(), arguments.out));
}

struct ArrowCommand {
  std::vector<std::string> inputs;
  std::string out;
  ArrowArguments arguments;
};

void arrow(const ArrowCommand& command, CommandContext& context) {
  const BuildArrowSummary summary = run_arrow(command.arguments, {command.inputs.begin(), command.inputs.end()}, command.out, context);
  std::string text = format("{}: {} captions to train on, {} to validate; {} groups of near-duplicates stay on one side", command.out,
                            summary.train_rows, summary.validation_rows, summary.near_groups);
  if (summary.dropped_rows > 0) {
    text += format("\n{} rows left out by {}", summary.dropped_rows, command.arguments.drop);
  }
  if (summary.skipped) {
    text += "\nan earlier run had made the same from the same";
  }
  report_stage(context,
               {{"out", command.out},
                {"train", summary.train_rows},
                {"validation", summary.validation_rows},
                {"near_groups", summary.near_groups},
                {"dropped", summary.dropped_rows},
                {"skipped", summary.skipped}},
               text);
}

}  // namespace

void add_data_tokenize_command(CLI::App& data, CommandContext& context) {
  auto arguments = std::make_shared<TokenizeTarsArguments>();
  CLI::App* command = add_command(data, context, "tokenize", "WebDataset tars -> parquet batches of keys, captions and token ids");
  command->add_option("tars", arguments->tars, "Tars of pictures (jpg, png, webp) with captions (txt, or json with \"caption\")")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--out", arguments->out, "Folder of the batches to make or to go on with")->required();
  add_tokenize_options(*command, arguments->options);
  command->callback([&context, arguments] {
    context.action = [&context, arguments] { run_stage(arguments->out, [&] { tokenize_tars(*arguments, context); }); };
  });
}

void add_data_arrow_command(CLI::App& data, CommandContext& context) {
  auto arrow_command = std::make_shared<ArrowCommand>();
  CLI::App* command = add_command(data, context, "arrow",
                                  "Parquet batches or datasets -> a dataset folder of Hugging Face's layout, with validation split off");
  command
      ->add_option("inputs", arrow_command->inputs,
                   "Parquet files, folders of them, or dataset folders (ours, or of datasets' save_to_disk)")
      ->required();
  command->add_option("--out", arrow_command->out, "Dataset folder to make")->required();
  add_arrow_options(*command, arrow_command->arguments);
  command->callback([&context, arrow_command] {
    context.action = [&context, arrow_command] { run_stage(arrow_command->out, [&] { arrow(*arrow_command, context); }); };
  });
}

}  // namespace darkroom
