// SPDX-License-Identifier: Apache-2.0
#include "core/base/format.h"
#include "core/engine/commands.h"
#include "core/model/model_convert.h"

namespace darkroom {
namespace {

struct ConvertArguments {
  std::string source;
  std::string out;
  std::string to;
  std::string dtype = "stored";
  std::string weights = "ema";
  std::string vae;
  std::string text_encoder;
  bool overwrite = false;
};

const char* form_text(ModelForm form) {
  switch (form) {
    case ModelForm::diffusers:
      return "a diffusers folder";
    case ModelForm::single_file:
      return "a single file";
    case ModelForm::source_run:
      return "a source-run file";
  }
  return "";
}

std::optional<std::filesystem::path> optional_path(const std::string& text) {
  return text.empty() ? std::nullopt : std::make_optional<std::filesystem::path>(text);
}

void convert(const ConvertArguments& options, CommandContext& context) {
  ConvertOptions wanted;
  wanted.to = options.to.empty() ? model_form_of_path(options.out) : model_form_from_name(options.to);
  if (options.dtype != "stored") {
    wanted.dtype = dtype_from_name(options.dtype);
  }
  wanted.weights = options.weights == "live" ? WeightsChoice::live : WeightsChoice::ema;
  wanted.parts = {optional_path(options.vae), optional_path(options.text_encoder)};
  wanted.existing = options.overwrite ? Existing::replace : Existing::keep;
  const double started_s = monotonic_seconds();
  const ConvertSummary summary = convert_model(options.source, options.out, wanted, context.output.sink(), context.cancel);
  std::vector<std::string> parts;
  for (const Part part : summary.parts) {
    parts.emplace_back(part_name(part));
  }
  std::string text =
      format("{} lies in {} as {}: {} with {} tensors, {:.2f} GB, {} ({} weights of the UNet), {:.1f} s", options.source, options.out,
             form_text(wanted.to), fmt::join(parts, ", "), summary.tensors, static_cast<double>(summary.bytes) / 1e9,
             options.dtype == "stored" ? "in the stored precision" : options.dtype, summary.weights_used, monotonic_seconds() - started_s);
  for (const std::string& note : summary.notes) {
    text += "\nnote: " + note;
  }
  context.output.done({{"source", options.source},
                       {"out", options.out},
                       {"parts", parts},
                       {"tensors", summary.tensors},
                       {"bytes", summary.bytes},
                       {"weights", summary.weights_used},
                       {"dtype", options.dtype},
                       {"notes", summary.notes}},
                      text);
}

}  // namespace

void add_convert_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<ConvertArguments>();
  CLI::App* command = add_command(app, context, "convert", "Any model form to any other: diffusers folder, single file, source-run .pt");
  command->add_option("source", options->source, "Model folder or file, run's checkpoint, or pocket")->required();
  command->add_option("out", options->out, "File or folder to create")->required();
  command->add_option("--to", options->to, "Form of the result; without it the name of the result decides: .safetensors, .pt, or a folder")
      ->check(CLI::IsMember({"diffusers", "single-file", "source-run"}));
  command->add_option("--dtype", options->dtype, "Number format of the result; stored: each tensor as it is, bit by bit")
      ->check(CLI::IsMember({"stored", "fp32", "fp16", "bf16"}));
  command->add_option("--weights", options->weights, "Moving average where there is one, or as the optimiser left them")
      ->check(CLI::IsMember({"ema", "live"}));
  command->add_option("--vae", options->vae, "VAE instead of the model's own, or where it has none");
  command->add_option("--text-encoder", options->text_encoder, "Text encoder instead of the model's own, or where it has none");
  command->add_flag("--overwrite", options->overwrite, "Replace what lies there, once the result is complete");
  command->callback([&context, options] { context.action = [&context, options] { convert(*options, context); }; });
}

}  // namespace darkroom
