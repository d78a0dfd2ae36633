// SPDX-License-Identifier: Apache-2.0
#include "core/image/image_encode.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/image/exif.h"
#include "core/image/pixel_codec.h"

namespace darkroom {

std::string encode_image(const Image& image, ImageFormat kind, std::span<const PngText> texts, int quality) {
  if (kind == ImageFormat::png) {
    return encode_png(image, texts);
  }
  if (image.width < 1 || image.height < 1 || image.pixels.size() != image.row_bytes() * static_cast<size_t>(image.height)) {
    throw std::invalid_argument(format("[encode_image] a picture of {}x{} with {} bytes", image.width, image.height, image.pixels.size()));
  }
  const std::string file = encode_pixels(image, kind, quality);
  return texts.empty() ? file : insert_exif(file, kind, exif_of_texts(texts));
}

ImageFormat image_format_of(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (ending == ".png") {
    return ImageFormat::png;
  }
  if (ending == ".jpg" || ending == ".jpeg") {
    return ImageFormat::jpeg;
  }
  if (ending == ".webp") {
    return ImageFormat::webp;
  }
  fail(ErrorCode::usage, "{}: expected a name that ends in .png, .jpg, .jpeg or .webp", path.string());
}

void write_image(const std::filesystem::path& path, const Image& image, std::span<const PngText> texts, int quality) {
  write_file_atomically(path, encode_image(image, image_format_of(path), texts, quality));
}

}  // namespace darkroom
