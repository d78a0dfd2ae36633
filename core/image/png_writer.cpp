// SPDX-License-Identifier: Apache-2.0
// One PNG writer for every build instead of OpenCV's: text chunks are our own matter anyway, and the engine alone must write pictures.
// The filter of a row is the one with the smallest sum of absolute differences, as the PNG specification suggests.
// source  PNG 3rd edition, sections 5 (chunks), 9 (filters), 11.3.3 (text)
#include <cstdlib>
#include <stdexcept>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/image/byte_writer.h"
#include "core/image/deflate.h"
#include "core/image/image_encode.h"
#include "core/image/text_encoding.h"

namespace darkroom {
namespace {

void append_png_chunk(std::string& file, std::string_view type, std::string_view data) {
  append_big32(file, static_cast<uint32_t>(data.size()));
  file.append(type);
  file.append(data);
  append_big32(file, crc32_append(crc32_append(0, type), data));
}

uint8_t paeth(int left, int up, int corner) {
  const int estimate = left + up - corner;
  const int to_left = std::abs(estimate - left);
  const int to_up = std::abs(estimate - up);
  const int to_corner = std::abs(estimate - corner);
  return static_cast<uint8_t>(to_left <= to_up && to_left <= to_corner ? left : to_up <= to_corner ? up : corner);
}

// One row under filter 0…4; `above` is null for the first row.
void filter_row(int filter, const uint8_t* row, const uint8_t* above, size_t count, std::vector<uint8_t>& filtered) {
  filtered.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const int left = i >= Image::channels ? row[i - Image::channels] : 0;
    const int up = above != nullptr ? above[i] : 0;
    const int corner = above != nullptr && i >= Image::channels ? above[i - Image::channels] : 0;
    const int predicted = filter == 0 ? 0 : filter == 1 ? left : filter == 2 ? up : filter == 3 ? (left + up) / 2 : paeth(left, up, corner);
    filtered[i] = static_cast<uint8_t>(row[i] - predicted);
  }
}

std::string filtered_rows(const Image& image) {
  std::string data;
  data.reserve((image.row_bytes() + 1) * static_cast<size_t>(image.height));
  std::vector<uint8_t> candidate;
  std::vector<uint8_t> best;
  for (int y = 0; y < image.height; ++y) {
    int64_t best_sum = -1;
    int best_filter = 0;
    for (int filter = 0; filter < 5; ++filter) {
      filter_row(filter, image.row(y), y > 0 ? image.row(y - 1) : nullptr, image.row_bytes(), candidate);
      int64_t sum = 0;
      for (const uint8_t value : candidate) {
        sum += std::abs(static_cast<int>(static_cast<int8_t>(value)));
      }
      if (best_sum < 0 || sum < best_sum) {
        best_sum = sum;
        best_filter = filter;
        best.swap(candidate);
      }
    }
    data += static_cast<char>(best_filter);
    data.append(reinterpret_cast<const char*>(best.data()), best.size());
  }
  return data;
}

void check_keyword(const std::string& keyword) {
  bool good = !keyword.empty() && keyword.size() <= 79 && keyword.front() != ' ' && keyword.back() != ' ';
  for (const char c : keyword) {
    good = good && c >= ' ' && c <= '~';
  }
  if (!good) {
    throw std::invalid_argument(format("[encode_png] a text's keyword must be 1 to 79 printable ASCII characters, got \"{}\"", keyword));
  }
}

void append_text(std::string& file, const PngText& text) {
  check_keyword(text.keyword);
  if (text.text.find('\0') != std::string::npos) {
    throw std::invalid_argument(format("[encode_png] the text \"{}\" holds a NUL character", text.keyword));
  }
  if (const auto latin1 = utf8_to_latin1(text.text)) {
    append_png_chunk(file, "tEXt", text.keyword + '\0' + *latin1);
  } else if (decode_utf8(text.text)) {
    // Not compressed (two zero bytes), no language, no translated keyword.
    append_png_chunk(file, "iTXt", text.keyword + std::string(5, '\0') + text.text);
  } else {
    throw std::invalid_argument(format("[encode_png] the text \"{}\" is not valid UTF-8", text.keyword));
  }
}

}  // namespace

std::string encode_png(const Image& image, std::span<const PngText> texts, int level) {
  if (image.width < 1 || image.height < 1 || image.pixels.size() != image.row_bytes() * static_cast<size_t>(image.height)) {
    throw std::invalid_argument(format("[encode_png] a picture of {}x{} with {} bytes", image.width, image.height, image.pixels.size()));
  }
  std::string file("\x89PNG\r\n\x1A\n");
  std::string header;
  append_big32(header, static_cast<uint32_t>(image.width));
  append_big32(header, static_cast<uint32_t>(image.height));
  header += std::string("\x08\x02\x00\x00\x00", 5);  // 8 bits, RGB, deflate, adaptive filters, not interlaced
  append_png_chunk(file, "IHDR", header);
  for (const PngText& text : texts) {
    append_text(file, text);
  }
  append_png_chunk(file, "IDAT", zlib_compress(filtered_rows(image), level));
  append_png_chunk(file, "IEND", {});
  return file;
}

void write_png(const std::filesystem::path& path, const Image& image, std::span<const PngText> texts) {
  write_file_atomically(path, encode_png(image, texts));
}

}  // namespace darkroom
