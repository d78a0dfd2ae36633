// SPDX-License-Identifier: Apache-2.0
// GET requests to a hub and to the storage hosts that it sends its clients to.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/hub/http_answer.h"

namespace darkroom {

struct HttpSettings {
  std::string endpoint;           ///< "https://huggingface.co": the only host that is told the token
  std::string token;              ///< empty: none
  double connect_timeout_s = 20;  ///< for name, connection and TLS
  double stall_timeout_s = 30;    ///< a connection with less than 1 KiB a second for so long is given up
};

struct HttpRequest {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Takes a piece of a body; false: that is enough, the transfer ends here.
using BodySink = std::function<bool(std::span<const std::byte> bytes)>;

/// Called once, when the head of the last answer is there, with every answer on the way to it. May return no sink: the body is dropped.
using HeadHandler = std::function<BodySink(const std::vector<HttpAnswer>& hops)>;

struct HttpResult {
  std::vector<HttpAnswer> hops;       ///< redirects, then the answer; empty when not even a status came
  std::optional<std::string> broken;  ///< why the answer is not whole: another try may help

  bool has_answer() const { return !hops.empty(); }
  const HttpAnswer& answer() const { return hops.back(); }
};

/// One connection's worth of requests, one after the other; keeps connections open between them. Not thread-safe: one a thread.
///
/// https, or http where the endpoint is http. At most five redirects, never from https to http. No cookies, no credentials of a .netrc;
/// proxies of the environment (https_proxy, NO_PROXY …) are used; SSL_CERT_FILE names another list of certificates.
/// The token goes to the endpoint's scheme, host and port and nowhere else, and over http only to this machine.
class HttpClient {
 public:
  /// throws  Error{failed} in a build without libcurl, Error{usage} for an endpoint that is not a http(s) URL
  HttpClient(HttpSettings settings, CancelToken cancel);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Asks and passes the body on. Exceptions of the callbacks come through.
  ///
  /// throws  Error{cancelled} within about a second after the token was cancelled; Error{io} where another try cannot help: a certificate
  ///         that does not hold, a redirect that is not allowed
  HttpResult get(const HttpRequest& request, const HeadHandler& on_head);

  const HttpSettings& settings() const { return settings_; }

  /// Whether requests to the endpoint carry a token.
  bool sends_token() const;

 private:
  struct State;

  HttpSettings settings_;
  CancelToken cancel_;
  std::unique_ptr<State> state_;
};

/// A URL that `reference` names when it stands in an answer to `base` (RFC 3986, section 5).
/// throws  Error{protocol} when it is not a URL
std::string resolve_url(const std::string& base, const std::string& reference);

}  // namespace darkroom
