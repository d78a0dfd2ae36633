// SPDX-License-Identifier: Apache-2.0
// Redirects are followed here and not by libcurl: the answers on the way hold what the download needs (X-Linked-Etag), and who is told the
// token is decided for each of them.
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <exception>

#include "core/base/format.h"
#include "core/base/log.h"
#include "core/base/utf8.h"
#include "core/hub/curl_setup.h"
#include "core/hub/http_client.h"
#include "core/hub/lower_case.h"
#include "core/hub/url_parts.h"

namespace darkroom {
namespace {

constexpr int most_redirects = 5;
constexpr size_t most_header_bytes = size_t{256} << 10;
constexpr size_t most_dropped_bytes = size_t{64} << 10;  // a longer body that nobody wants closes the connection
constexpr long slowest_bytes_per_s = 1024;

bool is_redirect(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

// One request on its way.
struct Transfer {
  HttpAnswer answer;
  std::vector<HttpAnswer>* hops = nullptr;
  const HeadHandler* on_head = nullptr;
  const CancelToken* cancel = nullptr;
  BodySink sink;
  bool head_complete = false;
  bool enough = false;
  bool too_many_headers = false;
  size_t header_bytes = 0;
  size_t dropped_bytes = 0;
  std::exception_ptr thrown;

  void take_header_line(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) {
      line.remove_suffix(1);
    }
    if (line.starts_with("HTTP/") && !head_complete) {
      answer.headers.clear();
      answer.status = status_of_line(line);
    } else if (line.empty() && answer.status >= 200 && !head_complete) {
      head_complete = true;
      hops->push_back(answer);
      if (!(is_redirect(answer.status) && answer.header("location"))) {
        sink = (*on_head)(*hops);
      }
    } else if (const size_t colon = line.find(':'); colon != std::string_view::npos && !head_complete) {
      answer.headers.emplace_back(lower_case(std::string(line.substr(0, colon))), trimmed(line.substr(colon + 1)));
    }
  }

  bool take_body(std::span<const std::byte> bytes) {
    if (sink) {
      enough = !sink(bytes);
    } else {
      dropped_bytes += bytes.size();
      enough = dropped_bytes > most_dropped_bytes;
    }
    return !enough;
  }
};

size_t on_header(char* text, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const size_t bytes = size * count;
  transfer.header_bytes += bytes;
  if (transfer.header_bytes > most_header_bytes) {
    transfer.too_many_headers = true;
    return 0;
  }
  try {
    transfer.take_header_line({text, bytes});
  } catch (...) {
    transfer.thrown = std::current_exception();
    return 0;
  }
  return bytes;
}

size_t on_body(char* text, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const size_t bytes = size * count;
  try {
    return transfer.take_body(std::as_bytes(std::span(text, bytes))) ? bytes : bytes + 1;
  } catch (...) {
    transfer.thrown = std::current_exception();
    return bytes + 1;
  }
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const Transfer*>(user)->cancel->cancelled() ? 1 : 0;
}

// CURLE_UNSUPPORTED_PROTOCOL too: schemes are checked before, so it means bytes that are no HTTP, as after a body longer than announced.
bool may_help_to_repeat(CURLcode code) {
  switch (code) {
    case CURLE_FAILED_INIT:
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_NOTFOUND:
      return false;
    default:
      return true;
  }
}

struct HeaderList {
  curl_slist* list = nullptr;
  HeaderList() = default;
  ~HeaderList() { curl_slist_free_all(list); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  void add(const std::string& name, const std::string& value) {
    if (value.find_first_of("\r\n") != std::string::npos) {
      throw std::invalid_argument("[HttpClient::get] the header " + name + " holds a line break");
    }
    list = curl_slist_append(list, (name + ": " + value).c_str());
  }
};

void check_encryption(const UrlParts& from, const UrlParts& to, const UrlParts& endpoint) {
  if (to.scheme == "http" && (from.scheme == "https" || endpoint.scheme == "https")) {
    fail(ErrorCode::io, "{}: sends on to {}, which is not encrypted; refused", shown_url(from.url), shown_url(to.url));
  }
}

}  // namespace

struct HttpClient::State {
  CURL* curl = nullptr;
  UrlParts endpoint;
  std::array<char, CURL_ERROR_SIZE> reason{};

  State() {
    start_curl();
    curl = curl_easy_init();
    if (curl == nullptr) {
      fail(ErrorCode::failed, "libcurl does not start");
    }
  }
  ~State() { curl_easy_cleanup(curl); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  bool may_see_token(const UrlParts& url) const { return url.same_origin(endpoint) && (url.scheme == "https" || url.is_this_machine()); }
  void prepare(const HttpSettings& settings, const std::string& url, const HeaderList& headers, Transfer& transfer);
};

void HttpClient::State::prepare(const HttpSettings& settings, const std::string& url, const HeaderList& headers, Transfer& transfer) {
  curl_easy_reset(curl);  // keeps connections and names
  reason[0] = '\0';
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.list);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "darkroom-engine");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason.data());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout_s * 1000));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, slowest_bytes_per_s);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, std::max(1L, static_cast<long>(settings.stall_timeout_s)));
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 512L << 10);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  if (const char* certificates = certificate_list()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, certificates);
  }
}

HttpClient::HttpClient(HttpSettings settings, CancelToken cancel)
    : settings_(std::move(settings)), cancel_(std::move(cancel)), state_(std::make_unique<State>()) {
  const std::optional<UrlParts> endpoint = parse_url({}, settings_.endpoint);
  if (!endpoint || settings_.endpoint.find("://") == std::string::npos) {
    fail(ErrorCode::usage, "{}: not an endpoint; expected a URL such as https://huggingface.co", settings_.endpoint);
  }
  state_->endpoint = *endpoint;
  if (!settings_.token.empty() && !sends_token()) {
    log().warn("{}: the connection is not encrypted, so the token is not sent", shown_url(settings_.endpoint));
  }
}

HttpClient::~HttpClient() = default;

bool HttpClient::sends_token() const { return !settings_.token.empty() && state_->may_see_token(state_->endpoint); }

HttpResult HttpClient::get(const HttpRequest& request, const HeadHandler& on_head) {
  HttpResult result;
  std::optional<UrlParts> url = parse_url({}, request.url);
  if (!url) {
    throw std::invalid_argument("[HttpClient::get] not a URL: " + request.url);
  }
  check_encryption(state_->endpoint, *url, state_->endpoint);
  for (int redirects = 0;; ++redirects) {
    cancel_.check();
    HeaderList headers;
    for (const auto& [name, value] : request.headers) {
      headers.add(name, value);
    }
    if (!settings_.token.empty() && state_->may_see_token(*url)) {
      headers.add("Authorization", "Bearer " + settings_.token);
    }
    Transfer transfer{.answer = {.url = url->url}, .hops = &result.hops, .on_head = &on_head, .cancel = &cancel_};
    state_->prepare(settings_, url->url, headers, transfer);
    const CURLcode code = curl_easy_perform(state_->curl);
    if (transfer.thrown) {
      std::rethrow_exception(transfer.thrown);
    }
    cancel_.check();
    if (transfer.too_many_headers) {
      fail(ErrorCode::io, "{}: the answer has more than {} KiB of headers; refused", shown_url(url->url), most_header_bytes >> 10);
    }
    if (code != CURLE_OK && !transfer.enough) {
      const std::string reason = state_->reason[0] != '\0' ? state_->reason.data() : curl_easy_strerror(code);
      if (!may_help_to_repeat(code)) {
        fail(ErrorCode::io, "{}: {}", shown_url(url->url), reason);
      }
      result.broken = reason;
      return result;
    }
    if (!transfer.head_complete) {
      result.broken = "the line broke within the head of the answer";  // libcurl takes half a head for a short one
      return result;
    }
    const std::optional<std::string> location = transfer.answer.header("location");
    if (!is_redirect(transfer.answer.status) || !location) {
      return result;
    }
    if (redirects == most_redirects) {
      fail(ErrorCode::io, "{}: more than {} redirects; refused", shown_url(request.url), most_redirects);
    }
    const std::optional<UrlParts> next = parse_url(url->url, *location);
    if (!next) {
      fail(ErrorCode::io, "{}: redirects to '{}', which is not a http(s) URL; refused", shown_url(url->url), shown_url(*location));
    }
    check_encryption(*url, *next, state_->endpoint);
    url = next;
  }
}

std::string resolve_url(const std::string& base, const std::string& reference) {
  const std::optional<UrlParts> url = parse_url(base, reference);
  if (!url) {
    fail(ErrorCode::protocol, "{}: names '{}', which is not a http(s) URL", shown_url(base), shown_url(reference));
  }
  return url->url;
}

}  // namespace darkroom
