// SPDX-License-Identifier: Apache-2.0
// Where our own JSON stands: in MakerNote, which EXIF leaves to the maker. No viewer shows it as a caption (as they do ImageDescription),
// and readers of UserComment, AUTOMATIC1111's among them, do not look there.
// source  CIPA DC-008 (EXIF 2.32), TIFF 6.0 section 2, ITU T.81 B.1.1.4 (segments), RFC 9649 (WebP container)
#include <stdexcept>
#include <vector>

#include "core/base/format.h"
#include "core/image/byte_writer.h"
#include "core/image/exif.h"
#include "core/image/text_encoding.h"

namespace darkroom {
namespace {

constexpr size_t largest_segment = 65533;  // a segment's length counts its own two bytes
constexpr std::string_view exif_mark("Exif\0\0", 6);

struct Field {
  uint16_t tag;
  uint16_t type;
  std::string bytes;
};

size_t directory_bytes(size_t fields) { return 2 + 12 * fields + 4; }

// A directory at `at` of the block, and behind it the values that do not fit into their entries. Fields are sorted by tag.
std::string directory(size_t at, const std::vector<Field>& fields) {
  std::string entries;
  std::string values;
  append_big16(entries, fields.size());
  for (const Field& field : fields) {
    append_big16(entries, field.tag);
    append_big16(entries, field.type);
    append_big32(entries, field.type == 4 ? field.bytes.size() / 4 : field.bytes.size());
    if (field.bytes.size() <= 4) {
      entries += field.bytes + std::string(4 - field.bytes.size(), '\0');
      continue;
    }
    append_big32(entries, at + directory_bytes(fields.size()) + values.size());
    values += field.bytes;
    values.resize(values.size() + values.size() % 2, '\0');  // values stand on even offsets
  }
  append_big32(entries, 0);  // no further directory
  return entries + values;
}

std::string jpeg_with(std::string_view file, std::string_view block) {
  if (!file.starts_with("\xFF\xD8\xFF")) {
    throw std::invalid_argument("[insert_exif] not a JPEG file");
  }
  if (block.size() + exif_mark.size() + 2 > largest_segment + 2) {
    fail(ErrorCode::bad_input,
         "The settings take {} bytes as EXIF, more than the {} that a JPEG file can hold. Write a PNG or WebP file instead.", block.size(),
         largest_segment - exif_mark.size());
  }
  size_t at = 2;
  if (static_cast<uint8_t>(file[3]) == 0xE0 && file.size() > 6) {  // the JFIF header comes first
    at += 2 + (static_cast<size_t>(static_cast<uint8_t>(file[4])) << 8 | static_cast<uint8_t>(file[5]));
  }
  std::string result(file.substr(0, at));
  result += "\xFF\xE1";
  append_big16(result, block.size() + exif_mark.size() + 2);
  result.append(exif_mark);
  result.append(block);
  result.append(file.substr(at));
  return result;
}

void append_webp_chunk(std::string& file, std::string_view name, std::string_view data) {
  file.append(name);
  append_little32(file, data.size());
  file.append(data);
  file.resize(file.size() + data.size() % 2, '\0');
}

std::string webp_with(std::string_view file, std::string_view block, int width, int height) {
  const bool lossless = file.substr(12, 4) == "VP8L";
  if (file.size() < 30 || (!lossless && file.substr(12, 4) != "VP8 ")) {
    throw std::invalid_argument("[insert_exif] not a WebP file of the simple form");
  }
  const bool alpha = lossless && (static_cast<uint8_t>(file[24]) & 0x10U) != 0;
  std::string header;
  append_little32(header, 0x08U | (alpha ? 0x10U : 0U));  // EXIF, alpha
  for (const int side : {width - 1, height - 1}) {
    for (int shift = 0; shift < 24; shift += 8) {
      header += static_cast<char>(side >> shift & 0xFF);
    }
  }
  std::string chunks("WEBP");
  append_webp_chunk(chunks, "VP8X", header);
  chunks.append(file.substr(12));
  append_webp_chunk(chunks, "EXIF", block);
  std::string result("RIFF");
  append_little32(result, chunks.size());
  return result + chunks;
}

}  // namespace

std::string write_exif(std::string_view user_comment, std::string_view maker_note) {
  const auto utf16 = utf8_to_utf16(user_comment, ByteOrder::big);
  if (!utf16) {
    throw std::invalid_argument("[write_exif] the comment is not valid UTF-8");
  }
  std::vector<Field> details{{exif_tag::exif_version, 7, "0232"}};
  if (!maker_note.empty()) {
    details.push_back({exif_tag::maker_note, 7, std::string(maker_note)});
  }
  details.push_back({exif_tag::user_comment, 7, std::string("UNICODE\0", 8) + *utf16});

  std::string block("MM\0\x2A\0\0\0\x08", 8);
  std::vector<Field> first{{exif_tag::software, 2, std::string("Darkroom\0", 9)}, {exif_tag::exif_directory, 4, std::string(4, '\0')}};
  const size_t second_at = block.size() + directory(block.size(), first).size();
  first.back().bytes.clear();
  append_big32(first.back().bytes, second_at);
  block += directory(block.size(), first);
  block += directory(second_at, details);
  return block;
}

std::string insert_exif(std::string_view file, ImageFormat kind, std::string_view block) {
  if (kind == ImageFormat::jpeg) {
    return jpeg_with(file, block);
  }
  if (kind != ImageFormat::webp) {
    throw std::invalid_argument("[insert_exif] only JPEG and WebP files take EXIF here");
  }
  const ImageInfo info = read_image_info(std::as_bytes(std::span(file.data(), file.size())), "[insert_exif]");
  return webp_with(file, block, info.width, info.height);
}

}  // namespace darkroom
