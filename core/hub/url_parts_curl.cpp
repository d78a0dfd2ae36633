// SPDX-License-Identifier: Apache-2.0
#include <curl/curl.h>

#include "core/hub/lower_case.h"
#include "core/hub/url_parts.h"

namespace darkroom {
namespace {

struct UrlHandle {
  CURLU* url = curl_url();
  UrlHandle() = default;
  ~UrlHandle() { curl_url_cleanup(url); }
  UrlHandle(const UrlHandle&) = delete;
  UrlHandle& operator=(const UrlHandle&) = delete;

  std::string part(CURLUPart what, unsigned flags = 0) const {
    char* text = nullptr;
    if (curl_url_get(url, what, &text, flags) != CURLUE_OK) {
      return {};
    }
    std::string copy(text);
    curl_free(text);
    return copy;
  }
};

}  // namespace

std::optional<UrlParts> parse_url(const std::string& base, const std::string& reference) {
  const UrlHandle handle;
  if (!base.empty() && curl_url_set(handle.url, CURLUPART_URL, base.c_str(), 0) != CURLUE_OK) {
    return std::nullopt;
  }
  if (curl_url_set(handle.url, CURLUPART_URL, reference.c_str(), 0) != CURLUE_OK) {
    return std::nullopt;
  }
  curl_url_set(handle.url, CURLUPART_FRAGMENT, nullptr, 0);
  UrlParts parts{handle.part(CURLUPART_URL), lower_case(handle.part(CURLUPART_SCHEME)), lower_case(handle.part(CURLUPART_HOST)),
                 handle.part(CURLUPART_PORT, CURLU_DEFAULT_PORT)};
  if ((parts.scheme != "http" && parts.scheme != "https") || parts.host.empty()) {
    return std::nullopt;
  }
  return parts;
}

}  // namespace darkroom
