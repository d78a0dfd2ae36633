// SPDX-License-Identifier: Apache-2.0
// Reads texts that other programs wrote, so every length is checked. Chunks with a wrong checksum are refused: a text that is wrong by a
// bit would be believed.
#include <cstring>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/image/byte_reader.h"
#include "core/image/deflate.h"
#include "core/image/image_texts.h"
#include "core/image/text_encoding.h"

namespace darkroom {
namespace {

constexpr uint64_t largest_text = uint64_t{16} << 20;

// The part of `rest` up to the next NUL, which is taken off; nothing when there is none.
std::optional<std::string_view> take_to_nul(std::string_view& rest) {
  const size_t end = rest.find('\0');
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return part;
}

std::optional<PngText> parse_text(std::string_view type, std::string_view data, std::string_view where) {
  std::string_view rest = data;
  const auto keyword = take_to_nul(rest);
  if (!keyword) {
    return std::nullopt;
  }
  PngText text{.keyword = latin1_to_utf8(*keyword), .text = {}};
  if (type == "tEXt") {
    text.text = latin1_to_utf8(rest);
    return text;
  }
  if (type == "zTXt") {
    if (rest.empty() || rest[0] != 0) {
      return std::nullopt;
    }
    text.text = latin1_to_utf8(zlib_decompress(rest.substr(1), largest_text, where));
    return text;
  }
  if (rest.size() < 2) {
    return std::nullopt;
  }
  const bool compressed = rest[0] == 1;
  if ((rest[0] != 0 && !compressed) || rest[1] != 0) {
    return std::nullopt;
  }
  rest.remove_prefix(2);
  if (!take_to_nul(rest) || !take_to_nul(rest)) {  // language, translated keyword
    return std::nullopt;
  }
  text.text = utf8_or_latin1(compressed ? zlib_decompress(rest, largest_text, where) : std::string(rest));
  return text;
}

}  // namespace

std::vector<PngText> read_png_texts(std::span<const std::byte> bytes, std::string_view where) {
  constexpr std::string_view signature = "\x89PNG\r\n\x1A\n";
  if (bytes.size() < signature.size() || std::memcmp(bytes.data(), signature.data(), signature.size()) != 0) {
    fail(ErrorCode::bad_input, "{}: not a PNG file", where);
  }
  const std::string_view file(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::vector<PngText> texts;
  for (size_t at = signature.size();;) {
    if (bytes.size() - at < 12 || big32(bytes, at) > bytes.size() - at - 12) {
      fail(ErrorCode::bad_input, "{}: the PNG file is cut short at byte {}", where, at);
    }
    const size_t length = big32(bytes, at);
    const std::string_view type = file.substr(at + 4, 4);
    if (type == "IEND") {
      return texts;
    }
    if (type == "tEXt" || type == "zTXt" || type == "iTXt") {
      if (crc32_append(0, file.substr(at + 4, length + 4)) != big32(bytes, at + 8 + length)) {
        fail(ErrorCode::bad_input, "{}: the text chunk at byte {} is damaged (its checksum is wrong)", where, at);
      }
      if (auto text = parse_text(type, file.substr(at + 8, length), where)) {
        texts.push_back(std::move(*text));
      }
    }
    at += 12 + length;
  }
}

std::vector<PngText> read_png_texts(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  return read_png_texts(std::as_bytes(std::span(bytes.data(), bytes.size())), path.string());
}

}  // namespace darkroom
