// SPDX-License-Identifier: Apache-2.0
// A block is a row of elements: bytes that follow (literal), or a distance back and a length (copy). Nearly all are short, so what counts
// is the time an element takes: it is moved as whole 16 bytes, whatever its length, and what was moved too much is overwritten by the next.
// The fast loop needs no checks beyond two, because it ends `fast_margin` bytes before either end; the careful loop does the rest.
#include "core/columns/snappy_block.h"

#include <algorithm>
#include <cstring>

namespace darkroom {
namespace {

constexpr size_t vector = 16;
constexpr size_t longest_copy = 64;
constexpr size_t longest_short_literal = 60;  // longer ones have their length in bytes of its own
constexpr size_t longest_head = 5;            // tag and length, or tag and distance
constexpr size_t fast_margin = longest_head + longest_copy;
constexpr size_t most_expansion = 32;  // 64 bytes of 3; and some more for the first

enum Kind : uint8_t { literal = 0, near_copy = 1, far_copy = 2, farthest_copy = 3 };

void move_vector(uint8_t* to, const uint8_t* from) {
  struct Bytes {
    uint8_t values[vector];
  } bytes;
  std::memcpy(&bytes, from, vector);
  std::memcpy(to, &bytes, vector);
}

// At most longest_copy bytes, in whole vectors.
void move_vectors(uint8_t* to, const uint8_t* from, size_t length) {
  move_vector(to, from);
  for (size_t at = vector; at < length; at += vector) {
    move_vector(to + at, from + at);
  }
}

// The bytes at `from` may be those that are being written: then they repeat.
void repeat_bytes(uint8_t* to, const uint8_t* from, size_t length) {
  for (size_t at = 0; at < length; ++at) {
    to[at] = from[at];
  }
}

uint32_t little_endian(const uint8_t* from, size_t bytes) {
  uint32_t value = 0;
  for (size_t at = 0; at < bytes; ++at) {
    value |= static_cast<uint32_t>(from[at]) << (8 * at);
  }
  return value;
}

// The length that a block begins with; `at` moves behind it.
std::optional<size_t> read_length(std::span<const uint8_t> block, size_t& at) {
  uint64_t length = 0;
  for (unsigned shift = 0; shift < 35 && at < block.size(); shift += 7) {
    const uint8_t byte = block[at++];
    length |= static_cast<uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80U) {
      return length <= block.size() * most_expansion ? std::optional<size_t>(length) : std::nullopt;
    }
  }
  return std::nullopt;
}

struct Element {
  Kind kind = literal;
  size_t head = 0;  // bytes before the literal's own
  size_t length = 0;
  size_t distance = 0;
};

// `left` bytes of the block are there, one at least. False when the head is cut.
bool read_element(const uint8_t* from, size_t left, Element& element) {
  const uint8_t tag = *from;
  const size_t upper = tag >> 2U;
  element.kind = static_cast<Kind>(tag & 3U);
  const size_t more = element.kind == literal         ? (upper < longest_short_literal ? 0 : upper - longest_short_literal + 1)
                      : element.kind == farthest_copy ? 4
                                                      : static_cast<size_t>(element.kind);
  element.head = 1 + more;
  if (element.head > left) {
    return false;
  }
  const size_t number = little_endian(from + 1, more);
  element.length = element.kind == near_copy ? (upper & 7U) + 4 : upper + 1;
  element.distance = element.kind == near_copy ? ((upper >> 3U) << 8U) + number : number;
  if (element.kind == literal && more > 0) {
    element.length = number + 1;
  }
  return true;
}

}  // namespace

std::optional<size_t> snappy_length(std::span<const uint8_t> block) {
  size_t at = 0;
  return read_length(block, at);
}

bool unpack_snappy(std::span<const uint8_t> block, std::span<uint8_t> out) {
  size_t head = 0;
  const std::optional<size_t> length = read_length(block, head);
  if (!length || out.size() != *length) {
    return false;
  }
  const uint8_t* from = block.data() + head;
  const uint8_t* const from_end = block.data() + block.size();
  uint8_t* const begin = out.data();
  uint8_t* to = begin;
  uint8_t* const end = begin + *length;
  while (from < from_end) {
    while (from_end - from > static_cast<std::ptrdiff_t>(fast_margin) && end - to >= static_cast<std::ptrdiff_t>(longest_copy)) {
      const uint8_t tag = *from;
      if ((tag & 3U) == literal) {
        const size_t size = (tag >> 2U) + 1U;
        if (size > longest_short_literal) {
          break;
        }
        move_vectors(to, from + 1, size);
        from += size + 1;
        to += size;
        continue;
      }
      size_t size = (tag >> 2U) + 1U;
      size_t distance = from[1];
      if ((tag & 3U) == near_copy) {
        size = ((tag >> 2U) & 7U) + 4U;
        distance |= static_cast<size_t>(tag >> 5U) << 8U;
        from += 2;
      } else if ((tag & 3U) == far_copy) {
        distance |= static_cast<size_t>(from[2]) << 8U;
        from += 3;
      } else {
        break;
      }
      if (distance > static_cast<size_t>(to - begin) || distance == 0) {
        return false;
      }
      if (distance >= vector) {
        move_vectors(to, to - distance, size);
      } else {
        repeat_bytes(to, to - distance, size);
      }
      to += size;
    }
    Element element;
    if (!read_element(from, static_cast<size_t>(from_end - from), element) || element.length > static_cast<size_t>(end - to)) {
      return false;
    }
    from += element.head;
    if (element.kind == literal) {
      if (element.length > static_cast<size_t>(from_end - from)) {
        return false;
      }
      std::memcpy(to, from, element.length);
      from += element.length;
    } else {
      if (element.distance > static_cast<size_t>(to - begin) || element.distance == 0) {
        return false;
      }
      repeat_bytes(to, to - element.distance, element.length);
    }
    to += element.length;
  }
  return to == end;
}

}  // namespace darkroom
