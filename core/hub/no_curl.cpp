// SPDX-License-Identifier: Apache-2.0
// A build without libcurl: nothing is downloaded.
#include "core/base/format.h"
#include "core/hub/http_client.h"

namespace darkroom {
namespace {

[[noreturn]] void refuse() {
  fail(ErrorCode::failed, "This engine was built without libcurl and cannot download. Install libcurl4-openssl-dev and build again.");
}

}  // namespace

struct HttpClient::State {};

HttpClient::HttpClient(HttpSettings settings, CancelToken cancel) : settings_(std::move(settings)), cancel_(std::move(cancel)) { refuse(); }
HttpClient::~HttpClient() = default;
HttpResult HttpClient::get(const HttpRequest&, const HeadHandler&) { refuse(); }
bool HttpClient::sends_token() const { return false; }
std::string resolve_url(const std::string&, const std::string&) { refuse(); }

}  // namespace darkroom
