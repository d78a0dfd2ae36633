// SPDX-License-Identifier: Apache-2.0
#include "core/engine/image_writer.h"

#include <charconv>

#include "core/base/format.h"
#include "core/engine/version.h"
#include "core/image/image_encode.h"
#include "core/image/image_metadata.h"

namespace darkroom {
namespace fs = std::filesystem;

ImageWriter::ImageWriter(fs::path out) : out_(std::move(out)), is_folder_(out_.extension() != ".png") {
  std::error_code error;
  const fs::path folder = is_folder_ ? out_ : out_.parent_path();
  if (!folder.empty()) {
    fs::create_directories(folder, error);
    if (error) {
      fail(ErrorCode::io, "{}: cannot create the folder: {}", folder.string(), error.message());
    }
  }
  if (!is_folder_) {
    return;
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(out_)) {
    const std::string name = entry.path().filename().string();
    int64_t number = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (parsed.ec == std::errc{} && parsed.ptr != name.data() + name.size() && *parsed.ptr == '-') {
      next_number_ = std::max(next_number_, number + 1);
    }
  }
}

fs::path ImageWriter::write(const MadeImage& made) {
  const int64_t number = next_number_++;
  fs::path path = out_;
  if (is_folder_) {
    path /= format("{:05}-{}.png", number, made.seed);
  } else if (number > 1) {
    path.replace_filename(format("{}-{}.png", out_.stem().string(), number));
  }
  GenerationRecord record = made.record;
  record.version = engine_version();
  write_png(path, made.image, generation_texts(record));
  return path;
}

}  // namespace darkroom
