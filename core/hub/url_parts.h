// SPDX-License-Identifier: Apache-2.0
// For sources that are built with libcurl only. URLs are read by libcurl's own parser, so that a check and the connection see the same
// host.
#pragma once

#include <optional>
#include <string>

namespace darkroom {

struct UrlParts {
  std::string url;     ///< normalised, without a fragment
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< lower case
  std::string port;    ///< the scheme's own where the URL names none

  bool same_origin(const UrlParts& other) const { return scheme == other.scheme && host == other.host && port == other.port; }
  bool is_this_machine() const { return host == "localhost" || host == "[::1]" || host.starts_with("127."); }
};

/// Of what `reference` names when it stands in an answer to `base`, which may be empty. Nothing when it is not a URL, or not one of http or
/// https.
std::optional<UrlParts> parse_url(const std::string& base, const std::string& reference);

}  // namespace darkroom
