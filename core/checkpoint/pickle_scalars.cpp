// SPDX-License-Identifier: Apache-2.0
// numpy's dtype and scalar: numpy/core/src/multiarray (descriptor.c, scalartypes.c), read for the order of arguments only.
#include <algorithm>
#include <bit>
#include <cstring>

#include "core/base/format.h"
#include "core/checkpoint/pickle_objects.h"

namespace darkroom {
namespace {

constexpr size_t max_device_bytes = 64;

// A numpy dtype in an opaque node's detail: kind character, bytes, whether the byte order is the other one.
struct NumpyDtype {
  char kind = '\0';
  uint8_t size = 0;
  bool is_big_endian = false;

  static NumpyDtype unpack(uint64_t detail) {
    return {static_cast<char>(detail & 0xFFU), static_cast<uint8_t>(detail >> 8U), (detail >> 16U & 1U) != 0};
  }
  uint64_t pack() const {
    return static_cast<uint64_t>(static_cast<unsigned char>(kind)) | static_cast<uint64_t>(size) << 8U | (is_big_endian ? 1ULL << 16U : 0U);
  }
};

std::string latin1_bytes(std::string_view utf8) {
  std::string bytes;
  bytes.reserve(utf8.size());
  for (size_t i = 0; i < utf8.size(); ++i) {
    const auto first = static_cast<unsigned char>(utf8[i]);
    if (first < 0x80) {
      bytes += utf8[i];
    } else if (first <= 0xC3 && i + 1 < utf8.size()) {  // U+0080 to U+00FF
      bytes += static_cast<char>((first & 3U) << 6U | (static_cast<unsigned char>(utf8[++i]) & 0x3FU));
    } else {
      refuse_pickle("a text with a character beyond U+00FF is to become bytes");
    }
  }
  return bytes;
}

}  // namespace

using Id = PickleObjects::Id;

void PickleObjects::build(Id object, Id state) {
  const ArchiveKind kind = value(object).kind();
  if (kind == ArchiveKind::dict) {
    return;  // attributes of a state_dict's OrderedDict, such as _metadata
  }
  if (kind != ArchiveKind::opaque) {
    refuse_pickle("{} is given a state", archive_kind_name(kind));
  }
  if (role_of(object) != OpaqueRole::numpy_dtype) {
    return;
  }
  const bool has_order = value(state).kind() == ArchiveKind::tuple && value(state).size() >= 2;
  const std::string_view mark = has_order ? value(state)[1].text().value_or("") : "";
  if (mark != "<" && mark != ">" && mark != "|" && mark != "=") {
    refuse_pickle("numpy.dtype is given a state without a byte order");
  }
  NumpyDtype dtype = NumpyDtype::unpack(tree_.opaque_detail(object));
  dtype.is_big_endian = mark == ">";
  tree_.set_opaque_detail(object, dtype.pack());
}

Id PickleObjects::make_bytes(std::span<const Id> arguments) {
  if (arguments.empty()) {
    return tree_.bytes("");
  }
  const ArchiveValue source = value(arguments[0]);
  if (arguments.size() == 1) {
    if (source.kind() != ArchiveKind::bytes) {
      refuse_pickle("bytes are made of {}", archive_kind_name(source.kind()));
    }
    return source.id();
  }
  const std::optional<std::string_view> encoding = value(arguments[1]).text();
  if (source.kind() != ArchiveKind::string || !encoding || (*encoding != "latin1" && *encoding != "latin-1")) {
    refuse_pickle("bytes are made of {} in an encoding other than latin1", archive_kind_name(source.kind()));
  }
  return tree_.bytes(latin1_bytes(*source.text()));
}

Id PickleObjects::make_device(std::span<const Id> arguments) {
  const std::optional<std::string_view> type = value(arguments[0]).text();
  const std::optional<int64_t> index = arguments.size() == 2 ? value(arguments[1]).integer() : std::nullopt;
  if (!type || type->size() > max_device_bytes || (arguments.size() == 2 && !index)) {
    refuse_pickle("torch.device is not made of a name and a number");
  }
  return tree_.string(index ? format("{}:{}", *type, *index) : std::string(*type));
}

Id PickleObjects::make_numpy_dtype(std::span<const Id> arguments, uint32_t global) {
  const std::optional<std::string_view> text = value(arguments[0]).text();
  if (!text) {
    return instance(global);  // a dtype of fields
  }
  NumpyDtype dtype;
  const bool has_mark = !text->empty() && std::string_view("<>|=").find((*text)[0]) != std::string_view::npos;
  const std::string_view plain = text->substr(has_mark ? 1 : 0);
  if (plain.size() == 2 && plain[1] >= '1' && plain[1] <= '8') {
    dtype = {plain[0], static_cast<uint8_t>(plain[1] - '0'), has_mark && (*text)[0] == '>'};
  }
  return tree_.opaque(global, static_cast<uint8_t>(OpaqueRole::numpy_dtype), dtype.pack());
}

Id PickleObjects::make_numpy_scalar(std::span<const Id> arguments, uint32_t global) {
  if (value(arguments[0]).kind() != ArchiveKind::opaque) {
    refuse_pickle("a numpy scalar has {} as its dtype", archive_kind_name(value(arguments[0]).kind()));
  }
  if (role_of(arguments[0]) != OpaqueRole::numpy_dtype) {
    return instance(global);
  }
  const NumpyDtype dtype = NumpyDtype::unpack(tree_.opaque_detail(arguments[0]));
  const bool is_number = std::string_view("fiub").find(dtype.kind) != std::string_view::npos && std::has_single_bit(dtype.size) &&
                         !(dtype.kind == 'f' && dtype.size == 1) && !(dtype.kind == 'b' && dtype.size != 1);
  if (!is_number) {
    return instance(global);
  }
  const std::optional<std::string_view> text = value(arguments[1]).text();
  if (!text || text->size() != dtype.size) {
    refuse_pickle("a numpy scalar of {} bytes is given {} of {}", dtype.size, archive_kind_name(value(arguments[1]).kind()),
                  text ? text->size() : 0);
  }
  std::string bytes(*text);
  if (dtype.is_big_endian) {
    std::reverse(bytes.begin(), bytes.end());
  }
  uint64_t bits = 0;
  std::memcpy(&bits, bytes.data(), bytes.size());
  switch (dtype.kind) {
    case 'b':
      return tree_.boolean(bits != 0);
    case 'i':
      return tree_.big_integer(bytes);
    case 'u':
      return tree_.big_integer(bytes + '\0');
    default:
      return tree_.real(dtype.size == 8   ? std::bit_cast<double>(bits)
                        : dtype.size == 4 ? static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(bits)))
                                          : static_cast<double>(c10::Half(static_cast<uint16_t>(bits), c10::Half::from_bits())));
  }
}

}  // namespace darkroom
