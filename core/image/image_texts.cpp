// SPDX-License-Identifier: Apache-2.0
#include "core/image/image_texts.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/image/exif.h"
#include "core/image/text_encoding.h"

namespace darkroom {
namespace {

constexpr std::string_view maker_mark("Darkroom\0", 9);
constexpr size_t longest_name = 32;

// "prompt:{…}" -> {"prompt", "{…}"}; the name is lower-case letters, digits and underscores.
std::optional<PngText> named_json(const std::string& field) {
  const size_t colon = field.find(':');
  const auto is_name = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (colon == std::string::npos || colon == 0 || colon > longest_name || colon + 1 >= field.size() || field[colon + 1] != '{' ||
      !std::all_of(field.begin(), field.begin() + static_cast<std::ptrdiff_t>(colon), is_name)) {
    return std::nullopt;
  }
  return PngText{field.substr(0, colon), field.substr(colon + 1)};
}

void append_exif_texts(std::span<const std::byte> block, std::vector<PngText>& texts) {
  const ExifFields fields = read_exif(block);
  if (fields.maker_note.starts_with(maker_mark)) {
    texts.push_back({"darkroom", utf8_or_latin1(std::string_view(fields.maker_note).substr(maker_mark.size()))});
  } else if (fields.maker_note.starts_with("fooocus") || fields.maker_note.starts_with("a1111")) {
    texts.push_back({"fooocus_scheme", fields.maker_note.substr(0, fields.maker_note.find('\0'))});
  }
  if (!fields.user_comment.empty()) {
    texts.push_back({"parameters", fields.user_comment});
  }
  for (const auto& [tag, text] : fields.texts) {
    if (auto named = named_json(text)) {
      texts.push_back(std::move(*named));
    } else if (tag == exif_tag::image_description) {
      texts.push_back({"Description", text});
    } else if (tag == exif_tag::software) {
      texts.push_back({"Software", text});
    }
  }
}

}  // namespace

std::vector<PngText> read_image_texts(std::span<const std::byte> bytes, std::string_view where) {
  // No pixel is decoded here, so no size is too large.
  const ImageLimits any{.max_side = std::numeric_limits<int>::max(), .max_pixels = std::numeric_limits<int64_t>::max()};
  const ImageInfo info = read_image_info(bytes, where, any);
  std::vector<PngText> texts;
  append_exif_texts(info.exif, texts);
  if (info.format == ImageFormat::png) {
    std::vector<PngText> chunks = read_png_texts(bytes, where);
    std::move(chunks.begin(), chunks.end(), std::back_inserter(texts));
  }
  return texts;
}

std::vector<PngText> read_image_texts(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  return read_image_texts(std::as_bytes(std::span(bytes.data(), bytes.size())), path.string());
}

std::optional<std::string> find_png_text(std::span<const PngText> texts, std::string_view keyword) {
  for (const PngText& text : texts) {
    if (text.keyword == keyword) {
      return text.text;
    }
  }
  return std::nullopt;
}

std::string exif_of_texts(std::span<const PngText> texts) {
  std::string comment;
  std::string note;
  for (const PngText& text : texts) {
    if (text.keyword == "parameters") {
      comment = text.text;
    } else if (text.keyword == "darkroom") {
      note = std::string(maker_mark) + text.text;
    } else {
      throw std::invalid_argument(format("[exif_of_texts] EXIF has no place for the text \"{}\"", text.keyword));
    }
  }
  return write_exif(comment, note);
}

}  // namespace darkroom
