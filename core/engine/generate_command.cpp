// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/checkpoint/safetensors.h"
#include "core/engine/commands.h"
#include "core/engine/device_list.h"
#include "core/engine/generate_options_cli.h"
#include "core/engine/image_writer.h"
#include "core/engine/version.h"
#include "core/image/contact_sheet.h"

namespace darkroom {
namespace {

struct Options {
  std::shared_ptr<Json> given;
  std::string like;
  std::string prompt_file;
  std::string sheet;
  int sheet_columns = 8;
};

// What one request made, kept for the sheet.
struct Made {
  std::vector<std::string> files;
  std::vector<Image> pictures;
};

GenerateOptions starting_options(const Options& options) {
  Json given = *options.given;
  if (!options.like.empty()) {
    const std::optional<GenerationRecord> record =
        find_generation_record(read_png_texts(std::filesystem::path(options.like)), options.like);
    if (!record) {
      fail(ErrorCode::bad_input, "{}: holds no Darkroom settings (no text chunk named 'darkroom')", options.like);
    }
    Json merged = to_json(options_like(*record));
    merged.update(given);  // what stands on the command line wins
    given = merged;
  }
  return options_from_cli(given);
}

std::vector<std::string> prompts_of(const Options& options, const GenerateOptions& start) {
  if (options.prompt_file.empty()) {
    return {start.prompt};
  }
  std::ifstream file(options.prompt_file);
  if (!file) {
    fail(ErrorCode::not_found, "{}: cannot be read", options.prompt_file);
  }
  std::vector<std::string> prompts;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) {
      prompts.push_back(line);
    }
  }
  if (prompts.empty()) {
    fail(ErrorCode::bad_input, "{}: holds no prompt; expected one a line", options.prompt_file);
  }
  return prompts;
}

void report_cut(CommandContext& context, const char* which, const std::string& cut) {
  if (!cut.empty()) {
    context.output.say(format("The {} is longer than 75 tokens; this end of it was cut: {}", which, cut));
    context.output.event("cut", {{"which", which}, {"text", cut}});
  }
}

void save_latents(const std::string& path, const SampleOutcome& outcome) {
  const NamedTensor latents{"latents", outcome.latents_BCHW};
  write_safetensors(path, std::span(&latents, 1), {{"options", to_json(outcome.options).dump()}, {"version", engine_version()}});
}

void generate(const Options& options, CommandContext& context) {
  const GenerateOptions start = starting_options(options);
  const std::vector<std::string> prompts = prompts_of(options, start);
  if (start.out.empty() && options.sheet.empty()) {
    fail(ErrorCode::usage, "generate needs --out FILE.png, --out FOLDER or --sheet FILE.png.");
  }
  std::optional<ImageWriter> writer;
  if (!start.out.empty()) {
    writer.emplace(start.out);
  }
  const double loading_s = monotonic_seconds();
  SamplingModel model(start, resolve_device(start.device));
  const double loaded_s = monotonic_seconds();
  context.output.say(format("Model {}: {} weights, {} on {}, loaded in {:.2f} s", start.model, model.parts().paths.weights_used,
                            torch::toString(model.dtype()), model.device().str(), loaded_s - loading_s));

  Made made;
  const auto all_images = static_cast<int64_t>(prompts.size()) * start.count;
  int64_t finished = 0;
  std::optional<ProgressMeter> meter;
  for (const std::string& prompt : prompts) {
    GenerateOptions request = start;
    request.prompt = prompt;
    SampleHooks hooks;
    hooks.cancel = context.cancel;
    hooks.on_step = [&](const SampleStep& step) {
      const int64_t of_all = all_images * step.of;
      if (!meter) {
        meter.emplace(context.output.sink(), "sample", static_cast<uint64_t>(of_all), "image steps");
        meter->update(0);
      }
      const int64_t batch = std::min<int64_t>(start.batch, step.images - step.image);
      meter->update(static_cast<uint64_t>((finished + step.image) * step.of + batch * step.step));
    };
    hooks.on_image = [&](const MadeImage& image) {
      std::string file;
      if (writer) {
        file = writer->write(image).string();
        made.files.push_back(file);
      }
      if (!options.sheet.empty()) {
        made.pictures.push_back(image.image);
      }
      context.output.event("image", {{"index", finished + image.index}, {"seed", image.seed}, {"prompt", prompt}, {"file", file}});
    };
    const SampleOutcome outcome = make_images(model, request, hooks);
    report_cut(context, "prompt", outcome.prompt_cut);
    report_cut(context, "negative prompt", outcome.negative_cut);
    if (!start.save_latents.empty()) {
      save_latents(start.save_latents, outcome);
    }
    finished += start.count;
  }
  if (meter) {
    meter->finish();
  }
  const double seconds = monotonic_seconds() - loaded_s;
  if (!options.sheet.empty()) {
    write_png(options.sheet, contact_sheet(made.pictures, options.sheet_columns));
  }
  context.output.done({{"images", all_images},
                       {"files", made.files},
                       {"sheet", options.sheet},
                       {"weights", model.parts().paths.weights_used},
                       {"device", model.device().str()},
                       {"load_seconds", loaded_s - loading_s},
                       {"seconds", seconds},
                       {"seconds_per_image", seconds / static_cast<double>(all_images)}},
                      format("{} {} in {:.1f} s, {:.2f} s an image: {}", all_images, all_images == 1 ? "image" : "images", seconds,
                             seconds / static_cast<double>(all_images), options.sheet.empty() ? start.out : options.sheet));
}

}  // namespace

void add_generate_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(app, context, "generate", "Text to image");
  options->given = add_generate_options(*command);
  command->add_option("--like", options->like, "Take every setting from this Darkroom PNG; options given here win");
  command->add_option("--prompts", options->prompt_file, "A file with one prompt a line instead of --prompt");
  command->add_option("--sheet", options->sheet, "Also write all pictures onto one sheet, FILE.png");
  command->add_option("--sheet-columns", options->sheet_columns, "Pictures a row of the sheet")->check(CLI::Range(1, 64));
  command->callback([&context, options] { context.action = [&context, options] { generate(*options, context); }; });
}

}  // namespace darkroom
