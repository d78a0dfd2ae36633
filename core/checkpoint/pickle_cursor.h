// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "core/checkpoint/pickle_objects.h"
#include "core/checkpoint/pickle_reader.h"

namespace darkroom {

/// Bytes of a pickle, taken from front to back; every function throws PickleProblem where too few are left.
class PickleCursor {
 public:
  explicit PickleCursor(std::string_view bytes) : bytes_(bytes.substr(0, max_pickle_bytes)), is_cut_(bytes.size() > max_pickle_bytes) {}

  size_t at() const { return at_; }
  size_t left() const { return bytes_.size() - at_; }

  std::string_view take(size_t count) {
    if (count > left()) {
      if (is_cut_) {
        refuse_pickle("the pickle is longer than {} bytes", max_pickle_bytes);
      }
      refuse_pickle("the pickle ends where {} more bytes are needed and {} are left", count, left());
    }
    const std::string_view taken = bytes_.substr(at_, count);
    at_ += count;
    return taken;
  }

  unsigned char take_byte() { return static_cast<unsigned char>(take(1)[0]); }

  /// Little-endian, 1 to 8 bytes.
  uint64_t take_unsigned(size_t count) {
    const std::string_view taken = take(count);
    uint64_t number = 0;
    for (size_t i = 0; i < count; ++i) {
      number |= static_cast<uint64_t>(static_cast<unsigned char>(taken[i])) << (8 * i);
    }
    return number;
  }

  /// A length of `length_bytes`, then so many bytes, at most 1 MiB.
  std::string_view take_string(size_t length_bytes) {
    const uint64_t length = take_unsigned(length_bytes);
    if (length > max_string_bytes) {
      refuse_pickle("a string of {} bytes; at most {} are allowed", length, max_string_bytes);
    }
    return take(length);
  }

  /// Up to the next line feed, which is taken too.
  std::string_view take_line() {
    const size_t end = bytes_.substr(at_, max_string_bytes).find('\n');
    if (end == std::string_view::npos) {
      refuse_pickle("a name that does not end");
    }
    return take(end + 1).substr(0, end);
  }

 private:
  static constexpr size_t max_string_bytes = size_t{1} << 20;

  std::string_view bytes_;
  bool is_cut_;
  size_t at_ = 0;
};

}  // namespace darkroom
