// SPDX-License-Identifier: Apache-2.0
// Reads headers only: a model of 12 GB takes as long as one of 12 MB.
#include <algorithm>

#include "core/base/format.h"
#include "core/checkpoint/safetensors.h"
#include "core/engine/commands.h"
#include "core/model/model_folder.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

struct Options {
  std::string path;
  bool hash = false;
};

std::vector<fs::path> tensor_files(const fs::path& path) {
  if (fs::is_regular_file(path)) {
    return {path};
  }
  if (!fs::is_directory(path)) {
    fail(ErrorCode::not_found, "{}: there is no such file or folder", path.string());
  }
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file() && entry.path().extension() == ".safetensors") {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    fail(ErrorCode::bad_input, "{}: holds no .safetensors file; expected a model folder or a safetensors file", path.string());
  }
  return files;
}

// What the folder is, by its config.json.
Json describe_folder(const fs::path& folder) {
  const fs::path config = folder / "config.json";
  if (!fs::exists(config)) {
    return nullptr;
  }
  const Json json = read_json_file(config);
  const std::string name = json.value("_class_name", json.contains("architectures") ? json["architectures"][0].get<std::string>() : "");
  return name.empty() ? Json(nullptr) : Json(name);
}

void inspect(const Options& options, CommandContext& context) {
  Json files = Json::array();
  int64_t all_parameters = 0;
  for (const fs::path& path : tensor_files(options.path)) {
    if (path.extension() != ".safetensors") {
      fail(ErrorCode::bad_input, "{}: not a .safetensors file, and other single files are not read yet", path.string());
    }
    const SafetensorsFile file(path);
    const Json layout = describe_folder(path.parent_path());
    context.output.say(
        format("{}  {}  {} tensors", path.string(), layout.is_string() ? layout.get<std::string>() : "", file.tensors().size()));
    Json tensors = Json::array();
    int64_t parameters = 0;
    for (const TensorInfo& info : file.tensors()) {
      parameters += info.numel();
      tensors.push_back({{"name", info.name}, {"dtype", safetensors_dtype_name(info.dtype)}, {"shape", info.shape}});
      context.output.say(format("  {:<5} [{}]  {}", safetensors_dtype_name(info.dtype), fmt::join(info.shape, ","), info.name));
    }
    all_parameters += parameters;
    Json entry{
        {"file", path.string()}, {"layout", layout}, {"parameters", parameters}, {"metadata", file.metadata()}, {"tensors", tensors}};
    if (options.hash && fs::is_directory(path.parent_path()) && layout.is_string()) {
      entry["hash"] = part_hash(path.parent_path());
      context.output.say(format("  hash {}", entry["hash"].get<std::string>()));
    }
    files.push_back(std::move(entry));
  }
  context.output.done({{"path", options.path}, {"parameters", all_parameters}, {"files", files}},
                      format("{} parameters in all", all_parameters));
}

}  // namespace

void add_inspect_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(app, context, "inspect", "Tensors, metadata and layout of a model, from its headers alone");
  command->add_option("path", options->path, "A .safetensors file, a model folder, or a run's checkpoint")->required();
  command->add_flag("--hash", options->hash, "Also the XXH3-128 hash of each part (reads all weights)");
  command->callback([&context, options] { context.action = [&context, options] { inspect(*options, context); }; });
}

}  // namespace darkroom
