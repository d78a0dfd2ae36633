// SPDX-License-Identifier: Apache-2.0
// source  the "stealth PNG info" of Forge and NovelAI, as facts
#include "core/base/format.h"
#include "core/image/deflate.h"
#include "core/image/image_decode.h"
#include "core/image/text_encoding.h"
#include "core/recipe/importers.h"

namespace darkroom {
namespace {

constexpr size_t signature_bytes = 15;
constexpr uint64_t largest_text = uint64_t{16} << 20;

class AlphaBits {
 public:
  explicit AlphaBits(const PictureWithAlpha& picture) : picture_(picture) {}

  size_t bytes_left() const { return (picture_.alpha.size() - at_) / 8; }

  std::string take(size_t count) {
    std::string bytes;
    for (size_t i = 0; i < count; ++i) {
      uint32_t value = 0;
      for (int bit = 0; bit < 8; ++bit) {
        value = value << 1 | next();
      }
      bytes += static_cast<char>(value);
    }
    return bytes;
  }

 private:
  uint32_t next() {
    const auto height = static_cast<size_t>(picture_.image.height);
    const auto width = static_cast<size_t>(picture_.image.width);
    const size_t column = at_ / height;
    const size_t row = at_ % height;
    ++at_;
    return picture_.alpha[row * width + column] & 1U;
  }

  const PictureWithAlpha& picture_;
  size_t at_ = 0;
};

}  // namespace

std::vector<PngText> read_stealth_texts(std::span<const std::byte> bytes, std::string_view where) {
  const PictureWithAlpha picture = decode_with_alpha(bytes, where);
  AlphaBits bits(picture);
  if (bits.bytes_left() < signature_bytes + 4) {
    return {};
  }
  const std::string signature = bits.take(signature_bytes);
  const bool compressed = signature == "stealth_pngcomp";
  if (!compressed && signature != "stealth_pnginfo") {
    return {};
  }
  const std::string length = bits.take(4);
  size_t count = 0;
  for (const char byte : length) {
    count = count << 8 | static_cast<uint8_t>(byte);
  }
  count /= 8;
  if (count > bits.bytes_left()) {
    fail(ErrorCode::bad_input, "{}: the copy of the settings in the alpha channel says {} bytes, but only {} follow", where, count,
         bits.bytes_left());
  }
  std::string payload = bits.take(count);
  if (compressed) {
    payload = zlib_decompress(payload, largest_text, where);
  }
  std::vector<PngText> texts;
  if (const auto json = payload.starts_with('{') ? parse_foreign_json(payload) : std::nullopt; json && json->is_object()) {
    for (const auto& [keyword, text] : json->items()) {
      if (text.is_string()) {
        texts.push_back({keyword, text.get<std::string>()});
      }
    }
  }
  if (texts.empty()) {
    texts.push_back({"parameters", utf8_or_latin1(payload)});
  }
  return texts;
}

}  // namespace darkroom
