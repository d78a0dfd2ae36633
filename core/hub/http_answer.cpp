// SPDX-License-Identifier: Apache-2.0
#include "core/hub/http_answer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "core/base/utf8.h"

namespace darkroom {
namespace {

std::optional<uint64_t> whole_number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  return value;
}

// "Sun, 06 Nov 1994 08:49:37 GMT", the one form of dates that RFC 9110 lets a server write.
std::optional<std::chrono::sys_seconds> http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT")) {
    return std::nullopt;
  }
  const auto day = whole_number(text.substr(5, 2));
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const auto year = whole_number(text.substr(12, 4));
  const auto hour = whole_number(text.substr(17, 2));
  const auto minute = whole_number(text.substr(20, 2));
  const auto second = whole_number(text.substr(23, 2));
  if (!day || month == months.end() || !year || !hour || !minute || !second) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

bool has_next_relation(std::string_view parameters) {
  while (!parameters.empty()) {
    const size_t end = std::min(parameters.find(';'), parameters.size());
    const std::string_view parameter = trimmed(parameters.substr(0, end));
    if (parameter == "rel=\"next\"" || parameter == "rel=next") {
      return true;
    }
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
  }
  return false;
}

}  // namespace

std::optional<std::string> HttpAnswer::header(std::string_view name) const {
  for (const auto& [known, value] : headers) {
    if (known == name) {
      return value;
    }
  }
  return std::nullopt;
}

int status_of_line(std::string_view line) {
  const size_t space = line.find(' ');
  return space == std::string_view::npos ? 0 : std::atoi(std::string(line.substr(space + 1, 3)).c_str());
}

std::optional<ContentRange> content_range(const HttpAnswer& answer) {
  const std::optional<std::string> field = answer.header("content-range");
  constexpr std::string_view unit = "bytes ";
  if (!field || !field->starts_with(unit)) {
    return std::nullopt;
  }
  const std::string_view text = std::string_view(*field).substr(unit.size());
  const size_t dash = text.find('-');
  const size_t slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) {
    return std::nullopt;
  }
  const auto first = whole_number(text.substr(0, dash));
  const auto last = whole_number(text.substr(dash + 1, slash - dash - 1));
  const std::string_view total_text = text.substr(slash + 1);
  const auto total = whole_number(total_text);
  if (!first || !last || *last < *first || (!total && total_text != "*")) {
    return std::nullopt;
  }
  return ContentRange{*first, *last, total};
}

std::optional<uint64_t> content_length(const HttpAnswer& answer) {
  const std::optional<std::string> field = answer.header("content-length");
  return field ? whole_number(*field) : std::nullopt;
}

std::optional<std::string> next_page(const HttpAnswer& answer) {
  for (const auto& [name, value] : answer.headers) {
    if (name != "link") {
      continue;
    }
    // <target>; parameter; parameter, <target>; …
    std::string_view rest = value;
    for (size_t open = rest.find('<'); open != std::string_view::npos; open = rest.find('<')) {
      const size_t close = rest.find('>', open);
      if (close == std::string_view::npos) {
        break;
      }
      const std::string_view target = rest.substr(open + 1, close - open - 1);
      rest.remove_prefix(close + 1);
      const size_t end = std::min(rest.find(','), rest.size());
      if (has_next_relation(rest.substr(0, end))) {
        return std::string(target);
      }
      rest.remove_prefix(end);
    }
  }
  return std::nullopt;
}

std::optional<double> retry_after_s(const HttpAnswer& answer, std::chrono::system_clock::time_point now) {
  const std::optional<std::string> field = answer.header("retry-after");
  if (!field) {
    return std::nullopt;
  }
  if (const auto seconds = whole_number(*field)) {
    return static_cast<double>(*seconds);
  }
  if (const auto date = http_date(*field)) {
    return std::max(0.0, std::chrono::duration<double>(*date - now).count());
  }
  return std::nullopt;
}

std::string entity_tag_value(std::string_view field) {
  field = trimmed(field);
  if (field.starts_with("W/")) {
    field.remove_prefix(2);
  }
  if (field.size() >= 2 && field.front() == '"' && field.back() == '"') {
    field = field.substr(1, field.size() - 2);
  }
  return std::string(field);
}

std::string_view url_origin(std::string_view url) {
  const size_t scheme_end = url.find("://");
  return scheme_end == std::string_view::npos ? std::string_view() : url.substr(0, url.find('/', scheme_end + 3));
}

std::string shown_url(std::string_view url) { return std::string(url.substr(0, url.find_first_of("?#"))); }

}  // namespace darkroom
