// SPDX-License-Identifier: Apache-2.0
#include "core/text/decimal_number.h"

#include <charconv>
#include <limits>

namespace darkroom {

std::optional<double> read_decimal(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  if (text.empty() || text.find_first_not_of("0123456789.eE+-") != std::string_view::npos || text[0] == '-' || text[0] == '+') {
    return std::nullopt;  // from_chars would read "inf", and a second sign
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) {
    return std::nullopt;
  }
  if (error == std::errc::result_out_of_range) {
    const size_t exponent = text.find_first_of("eE");
    const bool large = exponent != std::string_view::npos ? text[exponent + 1] != '-' : text.find_first_of("123456789") < text.find('.');
    value = large ? std::numeric_limits<double>::infinity() : 0.0;
  }
  return negative ? -value : value;
}

}  // namespace darkroom
