// SPDX-License-Identifier: Apache-2.0
#include "core/dataset/npy.h"

#include <cctype>
#include <cstring>
#include <optional>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr size_t alignment = 64;
constexpr size_t largest_header = 1 << 16;

// Reads the one dict literal that numpy writes: {'descr': '<f2', 'fortran_order': False, 'shape': (2, 4), }
class DictReader {
 public:
  explicit DictReader(std::string_view text) : text_(text) {}

  bool take(char c) {
    skip_white();
    if (at_ < text_.size() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }

  std::optional<std::string> take_text() {
    skip_white();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) {
      return std::nullopt;
    }
    const size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }

  std::optional<bool> take_bool() {
    skip_white();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return value;
      }
    }
    return std::nullopt;
  }

  std::optional<std::vector<int64_t>> take_shape() {
    std::vector<int64_t> shape;
    if (!take('(')) {
      return std::nullopt;
    }
    while (!take(')')) {
      skip_white();
      int64_t value = 0;
      const size_t begin = at_;
      while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0 && at_ - begin < 18) {
        value = value * 10 + (text_[at_++] - '0');
      }
      if (at_ == begin || shape.size() >= 32) {
        return std::nullopt;
      }
      shape.push_back(value);
      if (!take(',')) {
        return take(')') ? std::optional(shape) : std::nullopt;
      }
    }
    return shape;
  }

 private:
  void skip_white() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
      ++at_;
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

bool read_dict(std::string_view text, NpyHeader& header) {
  DictReader reader(text);
  if (!reader.take('{')) {
    return false;
  }
  int seen = 0;
  while (!reader.take('}')) {
    const auto key = reader.take_text();
    if (!key || !reader.take(':')) {
      return false;
    }
    if (*key == "descr") {
      const auto value = reader.take_text();
      header.descr = value.value_or("");
    } else if (*key == "fortran_order") {
      const auto value = reader.take_bool();
      if (!value) {
        return false;
      }
      header.fortran_order = *value;
    } else if (*key == "shape") {
      auto shape = reader.take_shape();
      if (!shape) {
        return false;
      }
      header.shape = std::move(*shape);
    } else {
      return false;
    }
    ++seen;
    if (!reader.take(',')) {
      return reader.take('}') && seen == 3;
    }
  }
  return seen == 3 && !header.descr.empty();
}

}  // namespace

std::string npy_header(std::string_view descr, std::span<const int64_t> shape) {
  std::string sides;
  for (size_t i = 0; i < shape.size(); ++i) {
    sides += format("{}{}", i == 0 ? "" : " ", shape[i]);
    sides += i + 1 < shape.size() || shape.size() == 1 ? "," : "";
  }
  std::string dict = format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, sides);
  const size_t unpadded = magic.size() + 4 + dict.size() + 1;
  dict.append((alignment - unpadded % alignment) % alignment, ' ');
  dict += '\n';
  std::string bytes(magic);
  bytes += '\x01';
  bytes += '\x00';
  bytes += static_cast<char>(dict.size() & 0xFF);
  bytes += static_cast<char>(dict.size() >> 8);
  return bytes + dict;
}

NpyHeader parse_npy_header(std::span<const std::byte> bytes, std::string_view where) {
  const auto at = [&](size_t i) { return static_cast<size_t>(bytes[i]); };
  if (bytes.size() < 12 || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0) {
    fail(ErrorCode::bad_input, "{}: not a numpy .npy file", where);
  }
  const size_t version = at(6);
  if (version < 1 || version > 3) {
    fail(ErrorCode::bad_input, "{}: version {} of the .npy format is not known", where, version);
  }
  const size_t prefix = version == 1 ? 10 : 12;
  const size_t length = version == 1 ? at(8) | at(9) << 8 : at(8) | at(9) << 8 | at(10) << 16 | at(11) << 24;
  if (length > largest_header || prefix + length > bytes.size()) {
    fail(ErrorCode::bad_input, "{}: the .npy header of {} bytes is cut short", where, length);
  }
  NpyHeader header;
  header.data_offset = prefix + length;
  const std::string_view dict(reinterpret_cast<const char*>(bytes.data()) + prefix, length);
  if (!read_dict(dict, header)) {
    fail(ErrorCode::bad_input, "{}: the .npy header must hold descr, fortran_order and shape, got {}", where, dict.substr(0, 200));
  }
  return header;
}

}  // namespace darkroom
