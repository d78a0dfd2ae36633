// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <map>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/heap.h"
#include "core/engine/commands.h"
#include "core/engine/generate_jobs.h"
#include "core/engine/generate_options_cli.h"
#include "core/engine/grid_axes.h"
#include "core/engine/image_writer.h"
#include "core/image/contact_sheet.h"
#include "core/image/image_encode.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

struct GenerateArguments {
  std::shared_ptr<Json> given;
  std::string like;
  std::string prompt_file;
  std::string sheet;
  int sheet_columns = 8;
  std::vector<std::string> grid;
};

// The settings of the command line, over those of --like.
Json starting_settings(const GenerateArguments& options) {
  if (options.like.empty()) {
    return *options.given;
  }
  const std::optional<GenerationRecord> record = find_generation_record(read_image_texts(fs::path(options.like)), options.like);
  if (!record) {
    fail(ErrorCode::bad_input, "{}: holds no Darkroom settings (no text named 'darkroom')", options.like);
  }
  Json merged = to_json(options_like(*record));
  merged.update(*options.given);  // what stands on the command line wins
  return merged;
}

std::vector<std::string> prompts_of(const std::string& prompt_file) {
  std::ifstream file(prompt_file);
  if (!file) {
    fail(ErrorCode::not_found, "{}: cannot be read", prompt_file);
  }
  std::vector<std::string> prompts;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) {
      prompts.push_back(line);
    }
  }
  if (prompts.empty()) {
    fail(ErrorCode::bad_input, "{}: holds no prompt; expected one a line", prompt_file);
  }
  return prompts;
}

void finish(CommandContext& context, const JobsReport& report, const std::vector<std::string>& files,
            const std::vector<std::string>& sheets, const std::string& where) {
  const double each_s = report.seconds / static_cast<double>(std::max<int64_t>(report.images, 1));
  context.output.done({{"images", report.images},
                       {"files", files},
                       {"sheet", sheets.empty() ? "" : sheets.front()},
                       {"sheets", sheets},
                       {"weights", report.weights_used},
                       {"device", report.device},
                       {"load_seconds", report.load_seconds},
                       {"seconds", report.seconds},
                       {"seconds_per_image", each_s}},
                      format("{} {} in {:.1f} s, {:.2f} s an image: {}", report.images, report.images == 1 ? "image" : "images",
                             report.seconds, each_s, where));
}

// Writes each picture as it comes, and says so.
class PictureSink {
 public:
  PictureSink(CommandContext& context, const std::string& out) : context_(context) {
    if (!out.empty()) {
      writer_.emplace(out);
    }
  }

  void take(const MadeImage& image, int64_t index) {
    std::string file;
    if (writer_) {
      file = writer_->write(image).string();
      files_.push_back(file);
    }
    context_.output.event("image", {{"index", index}, {"seed", image.seed}, {"prompt", image.record.options.prompt}, {"file", file}});
  }

  const std::vector<std::string>& files() const { return files_; }

 private:
  CommandContext& context_;
  std::optional<ImageWriter> writer_;
  std::vector<std::string> files_;
};

void generate_list(const GenerateArguments& options, const GenerateOptions& start, CommandContext& context) {
  std::vector<GenerateOptions> jobs{start};
  if (!options.prompt_file.empty()) {
    jobs.clear();
    for (const std::string& prompt : prompts_of(options.prompt_file)) {
      jobs.push_back(start);
      jobs.back().prompt = prompt;
    }
  }
  PictureSink sink(context, start.out);
  std::vector<Image> pictures;
  int64_t made = 0;
  const JobsReport report = GenerateJobs(context, std::move(jobs), [&](size_t, const MadeImage& image) {
                              sink.take(image, made++);
                              if (!options.sheet.empty()) {
                                pictures.push_back(image.image);
                              }
                            }).run();
  std::vector<std::string> sheets;
  if (!options.sheet.empty()) {
    write_image(options.sheet, contact_sheet(pictures, options.sheet_columns));
    sheets.push_back(options.sheet);
  }
  finish(context, report, sink.files(), sheets, options.sheet.empty() ? start.out : options.sheet);
}

// The sheet's file of one value of the z axis.
fs::path sheet_path(const fs::path& sheet, const std::optional<GridAxis>& z, size_t index) {
  if (!z) {
    return sheet;
  }
  fs::path path = sheet;
  return path.replace_filename(format("{}-{}{}", sheet.stem().string(), index + 1, sheet.extension().string()));
}

// What decides a cell's picture, as a key: cells that are alike are made once.
std::string cell_key(const GenerateOptions& options) { return to_json(options).dump(); }

void generate_grid(const GenerateArguments& options, const Json& given, CommandContext& context) {
  const GridAxes axes = grid_axes_from_texts(options.grid);
  const size_t columns = GridAxes::count(axes.x);
  const size_t rows = GridAxes::count(axes.y);
  const size_t sheets = GridAxes::count(axes.z);
  std::vector<GenerateOptions> jobs;
  std::map<std::string, size_t> job_by_key;
  std::vector<size_t> job_of_cell;
  for (size_t z = 0; z < sheets; ++z) {
    for (size_t y = 0; y < rows; ++y) {
      for (size_t x = 0; x < columns; ++x) {
        const GenerateOptions cell = options_from_cli(grid_cell(axes, x, y, z, given));
        if (cell.count != 1) {
          fail(ErrorCode::usage, "--grid makes one picture a cell; --count {} does not go with it.", cell.count);
        }
        const auto [entry, is_new] = job_by_key.try_emplace(cell_key(cell), jobs.size());
        if (is_new) {
          jobs.push_back(cell);
        }
        job_of_cell.push_back(entry->second);
      }
    }
  }
  const std::string out = jobs.front().out;
  PictureSink sink(context, out);
  std::vector<Image> made(jobs.size());
  const JobsReport report = GenerateJobs(context, std::move(jobs), [&](size_t job, const MadeImage& image) {
                              sink.take(image, static_cast<int64_t>(job));
                              made[job] = image.image;
                            }).run();
  std::vector<std::string> files;
  for (size_t z = 0; z < sheets; ++z) {
    GridSheet sheet;
    sheet.title = axes.z ? axes.z->label(z) : "";
    for (size_t x = 0; x < columns; ++x) {
      sheet.column_labels.push_back(axes.x ? axes.x->label(x) : "");
    }
    for (size_t y = 0; y < rows; ++y) {
      sheet.row_labels.push_back(axes.y ? axes.y->label(y) : "");
    }
    for (size_t cell = z * rows * columns; cell < (z + 1) * rows * columns; ++cell) {
      sheet.cells.push_back(made[job_of_cell[cell]]);
    }
    const fs::path path = sheet_path(options.sheet, axes.z, z);
    write_image(path, grid_sheet(sheet));
    files.push_back(path.string());
  }
  finish(context, report, sink.files(), files, files.front());
}

void generate(const GenerateArguments& options, CommandContext& context) {
  const Json given = starting_settings(options);
  const GenerateOptions start = options_from_cli(given);
  if (!options.grid.empty()) {
    if (options.sheet.empty() || !options.prompt_file.empty()) {
      fail(ErrorCode::usage, "--grid needs --sheet FILE.png for the labelled sheet, and does not go with --prompts.");
    }
    generate_grid(options, given, context);
    return;
  }
  if (start.out.empty() && options.sheet.empty()) {
    fail(ErrorCode::usage, "generate needs --out FILE.png, --out FOLDER or --sheet FILE.png.");
  }
  generate_list(options, start, context);
}

}  // namespace

void add_generate_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<GenerateArguments>();
  CLI::App* command = add_command(app, context, "generate", "Text or image to image");
  options->given = add_generate_options(*command);
  command->add_option("--like", options->like, "Take every setting from this Darkroom picture; options given here win");
  command->add_option("--prompts", options->prompt_file, "A file with one prompt a line instead of --prompt");
  command->add_option("--sheet", options->sheet, "Also write all pictures onto one sheet, FILE.png");
  command->add_option("--sheet-columns", options->sheet_columns, "Pictures a row of the sheet")->check(CLI::Range(1, 64));
  command->add_option(
      "--grid", options->grid,
      "The same picture under other settings on a labelled sheet (--sheet): up to three of x=, y=, z= with NAME:VALUE,VALUE, "
      "as in x=cfg:3,7.5 y=sampler:ddim,euler; NAME is an option, or `replace` with words of the prompt, the first to be "
      "replaced; several z make several sheets");
  command->callback([&context, options] {
    context.action = [&context, options] {
      keep_freed_memory();
      generate(*options, context);
    };
  });
}

}  // namespace darkroom
