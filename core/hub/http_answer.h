// SPDX-License-Identifier: Apache-2.0
// What a server answered, and the few header fields that a download lives by (RFC 9110, RFC 8288).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace darkroom {

struct HttpAnswer {
  int status = 0;
  std::string url;                                           ///< that was asked for; may hold a signature: show it by shown_url
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, in the order of the answer

  /// The value of the first field of that name, given in lower case.
  std::optional<std::string> header(std::string_view name) const;
};

/// Of "HTTP/1.1 404 Not Found"; 0 where the line holds none.
int status_of_line(std::string_view line);

/// Bytes of a partial answer: first and last, both inclusive, of `total` where the server knows it.
struct ContentRange {
  uint64_t first = 0;
  uint64_t last = 0;
  std::optional<uint64_t> total;
};

/// Of `Content-Range: bytes 5-9/10`; nothing where the field is missing or malformed.
std::optional<ContentRange> content_range(const HttpAnswer& answer);

/// Of `Content-Length`; nothing where the field is missing or not a number.
std::optional<uint64_t> content_length(const HttpAnswer& answer);

/// The target of `Link: <…>; rel="next"`, as written: it may be relative.
std::optional<std::string> next_page(const HttpAnswer& answer);

/// Seconds to wait by `Retry-After`, a number or a date; never negative; nothing where the field is missing or malformed.
std::optional<double> retry_after_s(const HttpAnswer& answer, std::chrono::system_clock::time_point now);

/// An ETag's value without quotes and without the mark of a weak one.
std::string entity_tag_value(std::string_view field);

/// Scheme, host and port of a URL: what stands before the path.
std::string_view url_origin(std::string_view url);

/// A URL for people: without its query, which may hold a signature.
std::string shown_url(std::string_view url);

}  // namespace darkroom
