// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/source/file_pieces.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

// Read when the picture is: a folder of a million captions is not opened twice.
std::string caption_beside(const PictureFile& file) {
  for (const char* ending : {".txt", ".caption"}) {
    if (const fs::path beside = fs::path(file.path).replace_extension(ending); fs::exists(beside)) {
      return read_file(beside);
    }
  }
  if (const fs::path beside = fs::path(file.path).replace_extension(".json"); fs::exists(beside)) {
    const Json facts = Json::parse(read_file(beside), nullptr, false);
    if (facts.is_object() && facts.contains("caption") && facts["caption"].is_string()) {
      return facts["caption"].get<std::string>();
    }
  }
  return {};
}

}  // namespace

std::unique_ptr<PictureSource> open_folder_source(const fs::path& folder, uint64_t per_part) {
  if (!fs::is_directory(folder)) {
    fail(ErrorCode::not_found, "{}: there is no such folder", folder.string());
  }
  std::vector<PictureFile> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied)) {
    if (entry.is_regular_file() && is_picture_name(entry.path())) {
      PictureFile file;
      file.path = entry.path();
      file.key = entry.path().lexically_relative(folder).generic_string();
      files.push_back(std::move(file));
    }
  }
  if (files.empty()) {
    fail(ErrorCode::not_found, "{}: there is no picture (jpg, jpeg, png, webp) in this folder", folder.string());
  }
  std::sort(files.begin(), files.end(), [](const PictureFile& a, const PictureFile& b) { return a.key < b.key; });
  return std::make_unique<FilePieces>("folder", std::move(files), per_part, caption_beside);
}

}  // namespace darkroom
