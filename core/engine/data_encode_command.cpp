// SPDX-License-Identifier: Apache-2.0
// `data encode`, and `data build`, which is the stages one after the other.
#include <memory>

#include "core/base/format.h"
#include "core/base/heap.h"
#include "core/dataset/latent_files.h"
#include "core/engine/encode_stage.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

struct EncodeCommand {
  std::string dataset;
  std::vector<std::string> tars;
  std::string import;        // a folder of single latents
  std::string single_files;  // likewise, to write
  EncodeArguments arguments;
};

void encode(EncodeCommand& command, CommandContext& context) {
  keep_freed_memory();
  if (command.tars.empty() == command.import.empty()) {
    fail(ErrorCode::usage, "Give either the tars that the dataset was made from, or --import with a folder of single latents.");
  }
  const PartSource vae = resolve_vae(command.arguments);
  const std::vector<fs::path> shards = sorted_shards(command.tars);
  const EncodeOptions& options = command.arguments.options;
  const EncodeSummary summary = command.import.empty()
                                    ? encode_latents(command.dataset, shards, vae, options, context.output.sink(), context.cancel)
                                    : import_latents(command.dataset, command.import, vae, options, context.output.sink(), context.cancel);
  finish_dataset(command.dataset, shards, summary, options);
  Json fields = encode_fields(command.dataset, summary);
  std::string text = format("{}: {}", command.dataset, encode_text(summary));
  if (!command.single_files.empty()) {
    const uint64_t written =
        write_latent_files(LatentStore(fs::path(command.dataset) / "latents"), command.single_files, context.output.sink(), context.cancel);
    fields["single_files"] = summary.statistics.count;
    fields["single_files_written"] = written;
    text += format("\n{}: {} latents as single files, {} of them written now", command.single_files, summary.statistics.count, written);
  }
  report_stage(context, std::move(fields), text + quarantine_text(summary.quarantined.size(), command.dataset));
}

struct BuildCommand {
  std::vector<std::string> tars;
  std::string out;
  TokenizeOptions tokenize;
  ArrowArguments arrow;
  EncodeArguments encode;
};

void build_dataset(BuildCommand& command, CommandContext& context) {
  keep_freed_memory();
  const PartSource vae = resolve_vae(command.encode);
  const fs::path out = command.out;
  const fs::path rows = out / ".build" / "tokens";
  const std::vector<fs::path> shards = sorted_shards(command.tars);
  const TokenizeSummary tokens = tokenize_shards(shards, rows, command.tokenize, context.output.sink(), context.cancel);
  const BuildArrowSummary arrow = run_arrow(command.arrow, tokens.files, out, context);
  const EncodeSummary summary = encode_latents(out, shards, vae, command.encode.options, context.output.sink(), context.cancel);
  finish_dataset(out, shards, summary, command.encode.options);

  Json fields = encode_fields(out, summary);
  fields["train"] = arrow.train_rows;
  fields["validation"] = arrow.validation_rows;
  fields["near_groups"] = arrow.near_groups;
  fields["shards_tokenized"] = tokens.shards_done;
  fields["shards_skipped"] = tokens.shards_skipped;
  fields["arrow_skipped"] = arrow.skipped;
  std::string text =
      format("{}: {} captions to train on, {} to validate, {}", command.out, arrow.train_rows, arrow.validation_rows, encode_text(summary));
  if (tokens.shards_skipped > 0 || arrow.skipped) {
    text += format("\nskipped, as an earlier run did it: {} of {} shards tokenised{}", tokens.shards_skipped,
                   tokens.shards_done + tokens.shards_skipped, arrow.skipped ? ", the Arrow files" : "");
  }
  report_stage(context, std::move(fields), text + quarantine_text(read_quarantine(out / quarantine_name).size(), command.out));
}

}  // namespace

void add_data_encode_command(CLI::App& data, CommandContext& context) {
  auto options = std::make_shared<EncodeCommand>();
  CLI::App* command = add_command(data, context, "encode", "The pictures of a dataset -> its latents");
  command->add_option("dataset", options->dataset, "Dataset folder, as data arrow makes it")->required()->check(CLI::ExistingDirectory);
  command->add_option("tars", options->tars, "The tars that it was made from")->check(CLI::ExistingFile);
  CLI::Option* const import =
      command->add_option("--import", options->import, "Take latents that lie here, a .npy a picture, as the source run has them")
          ->check(CLI::ExistingDirectory);
  command->add_option("--single-files", options->single_files, "Write the latents here too, a .npy a picture, as the source run has them");
  add_encode_options(*command, options->arguments);
  for (const char* name : {"--devices", "--dtype", "--batch", "--decode-threads", "--min-std", "--min-mean", "--max-mean"}) {
    import->excludes(command->get_option(name));  // nothing is decoded, encoded or looked at
  }
  command->callback(
      [&context, options] { context.action = [&context, options] { run_stage(options->dataset, [&] { encode(*options, context); }); }; });
}

void add_data_build_command(CLI::App& data, CommandContext& context) {
  auto options = std::make_shared<BuildCommand>();
  CLI::App* command = add_command(data, context, "build", "WebDataset tars -> tokens -> Arrow -> latents: a dataset folder to train on");
  command->add_option("tars", options->tars, "Tars of pictures (jpg, png, webp) with captions (txt, or json with \"caption\")")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--out", options->out, "Dataset folder to make or to go on with")->required();
  add_tokenize_options(*command, options->tokenize);
  add_arrow_options(*command, options->arrow);
  add_encode_options(*command, options->encode);
  command->callback([&context, options] {
    context.action = [&context, options] { run_stage(options->out, [&] { build_dataset(*options, context); }); };
  });
}

}  // namespace darkroom
