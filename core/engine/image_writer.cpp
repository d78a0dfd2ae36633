// SPDX-License-Identifier: Apache-2.0
#include "core/engine/image_writer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "core/base/format.h"
#include "core/engine/version.h"
#include "core/image/image_encode.h"
#include "core/image/image_metadata.h"

namespace darkroom {
namespace fs = std::filesystem;

namespace {

bool names_a_picture(const fs::path& path) {
  constexpr std::array<std::string_view, 4> endings{".png", ".jpg", ".jpeg", ".webp"};
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

}  // namespace

ImageWriter::ImageWriter(fs::path out) : out_(std::move(out)), is_folder_(!names_a_picture(out_)) {
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
    path.replace_filename(format("{}-{}{}", out_.stem().string(), number, out_.extension().string()));
  }
  GenerationRecord record = made.record;
  record.version = engine_version();
  write_image(path, made.image, generation_texts(record));
  return path;
}

}  // namespace darkroom
