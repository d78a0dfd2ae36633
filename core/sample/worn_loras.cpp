// SPDX-License-Identifier: Apache-2.0
#include "core/sample/worn_loras.h"

#include "core/base/format.h"
#include "core/text/prompt_syntax.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

fs::path folder_of(const GenerateOptions& options, const ModelPaths& paths) {
  if (!options.lora_folder.empty()) {
    return options.lora_folder;
  }
  return (fs::is_directory(paths.model) ? paths.model : paths.model.parent_path()) / "lora";
}

std::string file_of(const ExtraNetworkTag& tag, const fs::path& folder) {
  for (const fs::path& path : {folder / tag.name, folder / (tag.name + ".safetensors")}) {
    if (fs::is_regular_file(path)) {
      return path.string();
    }
  }
  fail(ErrorCode::not_found, "The prompt names <{}:{}>, but {} has no {}.safetensors; --lora-folder says where to look.", tag.kind,
       tag.name, folder.string(), tag.name);
}

}  // namespace

std::vector<LoraUse> worn_loras(const GenerateOptions& options, const ModelPaths& paths) {
  std::vector<LoraUse> worn = options.loras;
  if (prompt_syntax_from_name(options.prompt_syntax) == PromptSyntax::plain) {
    return worn;
  }
  const fs::path folder = folder_of(options, paths);
  for (const ExtraNetworkTag& tag : take_extra_networks(options.prompt).tags) {
    if (!tag.problem.empty()) {
      fail(ErrorCode::bad_input, "The prompt names <{}:{}>: {}", tag.kind, tag.name, tag.problem);
    }
    if (tag.kind != "lora" && tag.kind != "lyco") {
      fail(ErrorCode::bad_input, "The prompt names <{}:{}>; Darkroom has LoRAs only, <lora:name:scale>.", tag.kind, tag.name);
    }
    worn.push_back({file_of(tag, folder), tag.unet_weight, tag.text_weight});
  }
  return worn;
}

}  // namespace darkroom
