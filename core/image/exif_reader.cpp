// SPDX-License-Identifier: Apache-2.0
// Every offset comes from strangers: each is checked against the block, and only one step down (to the EXIF directory) is taken, so a
// directory that points to itself ends nothing.
#include <algorithm>
#include <optional>

#include "core/image/byte_reader.h"
#include "core/image/exif.h"
#include "core/image/text_encoding.h"

namespace darkroom {
namespace {

enum FieldType : uint16_t { type_byte = 1, type_ascii = 2, type_short = 3, type_long = 4, type_undefined = 7 };

constexpr size_t entry_bytes = 12;
constexpr size_t charset_bytes = 8;

struct Entry {
  uint16_t tag = 0;
  uint16_t type = 0;
  std::string_view bytes;  // its values, wherever they stand
};

class Block {
 public:
  explicit Block(std::span<const std::byte> bytes) : bytes_(bytes), little_(byte_at(bytes, 0) == 'I') {}

  uint16_t u16(size_t at) const { return little_ ? little16(bytes_, at) : big16(bytes_, at); }
  uint32_t u32(size_t at) const { return little_ ? little32(bytes_, at) : big32(bytes_, at); }
  bool is_tiff() const {
    const uint16_t mark = big16(bytes_, 0);
    return bytes_.size() >= 8 && (mark == 0x4949 || mark == 0x4D4D) && u16(2) == 42;
  }

  template <typename Visit>
  void visit_directory(size_t directory, Visit&& visit) const {
    if (directory < 8 || directory > bytes_.size() - 2) {
      return;
    }
    const size_t count = u16(directory);
    for (size_t i = 0; i < count; ++i) {
      const size_t at = directory + 2 + i * entry_bytes;
      if (at + entry_bytes > bytes_.size()) {
        return;
      }
      if (const auto entry = entry_at(at)) {
        visit(*entry, at + 8);
      }
    }
  }

 private:
  std::optional<Entry> entry_at(size_t at) const {
    const uint16_t type = u16(at + 2);
    const size_t width = type == type_short                                                  ? 2
                         : type == type_long                                                 ? 4
                         : type == type_byte || type == type_ascii || type == type_undefined ? 1
                                                                                             : 0;
    const size_t length = size_t{u32(at + 4)} * width;
    const size_t begin = length <= 4 ? at + 8 : u32(at + 8);
    if (width == 0 || begin > bytes_.size() || length > bytes_.size() - begin) {
      return std::nullopt;
    }
    return Entry{u16(at), type, {reinterpret_cast<const char*>(bytes_.data()) + begin, length}};
  }

  std::span<const std::byte> bytes_;
  bool little_;
};

ByteOrder utf16_order(std::string_view bytes) {
  if (bytes.starts_with("\xFE\xFF")) {
    return ByteOrder::big;
  }
  if (bytes.starts_with("\xFF\xFE")) {
    return ByteOrder::little;
  }
  size_t zero_first = 0;
  size_t zero_second = 0;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    zero_first += bytes[i] == '\0' ? 1 : 0;
    zero_second += bytes[i + 1] == '\0' ? 1 : 0;
  }
  return zero_second > zero_first ? ByteOrder::little : ByteOrder::big;
}

std::string without_padding(std::string text) {
  text.erase(std::find(text.begin(), text.end(), '\0'), text.end());
  return text;
}

std::string decode_user_comment(std::string_view bytes) {
  const std::string_view charset = bytes.substr(0, charset_bytes);
  const std::string_view rest = bytes.substr(std::min(charset_bytes, bytes.size()));
  if (charset == std::string_view("UNICODE\0", charset_bytes)) {
    return without_padding(utf16_to_utf8(rest, utf16_order(rest)));
  }
  if (charset == std::string_view("ASCII\0\0\0", charset_bytes) || charset == std::string_view("\0\0\0\0\0\0\0\0", charset_bytes)) {
    return without_padding(utf8_or_latin1(rest));
  }
  if (charset == std::string_view("JIS\0\0\0\0\0", charset_bytes)) {
    return {};
  }
  return without_padding(utf8_or_latin1(bytes));
}

}  // namespace

ExifFields read_exif(std::span<const std::byte> bytes) {
  ExifFields fields;
  const Block block(bytes);
  if (!block.is_tiff()) {
    return fields;
  }
  const auto take_comment_or_note = [&fields](const Entry& entry) {
    if (entry.tag == exif_tag::user_comment && !entry.bytes.empty()) {
      fields.user_comment = decode_user_comment(entry.bytes);
    } else if (entry.tag == exif_tag::maker_note) {
      fields.maker_note = std::string(entry.bytes);
    }
  };
  size_t exif_directory = 0;
  block.visit_directory(block.u32(4), [&](const Entry& entry, size_t value_at) {
    if (entry.tag == exif_tag::orientation && entry.type == type_short) {
      const int value = block.u16(value_at);
      fields.orientation = value >= 1 && value <= 8 ? value : 1;
    } else if (entry.tag == exif_tag::exif_directory && entry.type == type_long) {
      exif_directory = block.u32(value_at);
    } else if (entry.tag == exif_tag::user_comment || entry.tag == exif_tag::maker_note) {
      take_comment_or_note(entry);
    } else if (entry.type == type_ascii) {
      fields.texts[entry.tag] = without_padding(utf8_or_latin1(entry.bytes));
    }
  });
  block.visit_directory(exif_directory, [&](const Entry& entry, size_t) { take_comment_or_note(entry); });
  return fields;
}

}  // namespace darkroom
