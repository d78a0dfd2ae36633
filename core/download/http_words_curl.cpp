// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string_view>
#include <utility>

#include "core/base/format.h"
#include "core/download/http_words.h"

namespace darkroom {

TransferFault transfer_fault(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {"timed out", true};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {"the name is not known", true};  // or the resolver is busy: it does not say
    case CURLE_COULDNT_CONNECT:
      return {"cannot connect", true};
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return {"the line broke before the end", true};
    case CURLE_SSL_CONNECT_ERROR:
      return {"no encrypted connection", true};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return {"the certificate does not hold", false};
    case CURLE_TOO_MANY_REDIRECTS:
      return {"too many redirects", false};
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {"no http(s) answer", false};  // a redirect to another scheme, or bytes that are no HTTP
    case CURLE_URL_MALFORMAT:
      return {"not a http(s) URL", false};
    case CURLE_WRITE_ERROR:
      return {"the answer has too many headers", false};
    case CURLE_OUT_OF_MEMORY:
      fail(ErrorCode::out_of_memory, "libcurl has no memory left");
    default:
      return {curl_easy_strerror(code), true};
  }
}

std::string http_status_words(int status) {
  constexpr std::array<std::pair<int, std::string_view>, 16> phrases{{{400, "Bad Request"},
                                                                      {401, "Unauthorized"},
                                                                      {403, "Forbidden"},
                                                                      {404, "Not Found"},
                                                                      {405, "Method Not Allowed"},
                                                                      {406, "Not Acceptable"},
                                                                      {408, "Request Timeout"},
                                                                      {409, "Conflict"},
                                                                      {410, "Gone"},
                                                                      {418, "I'm a Teapot"},
                                                                      {429, "Too Many Requests"},
                                                                      {451, "Unavailable For Legal Reasons"},
                                                                      {500, "Internal Server Error"},
                                                                      {502, "Bad Gateway"},
                                                                      {503, "Service Unavailable"},
                                                                      {504, "Gateway Timeout"}}};
  for (const auto& [known, phrase] : phrases) {
    if (known == status) {
      return format("HTTP Error {}: {}", status, phrase);
    }
  }
  return format("HTTP Error {}", status);
}

}  // namespace darkroom
