// SPDX-License-Identifier: Apache-2.0
#include "core/hub/curl_setup.h"

#include <curl/curl.h>

#include <cstdlib>

#include "core/base/format.h"

namespace darkroom {

void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) {
    fail(ErrorCode::failed, "libcurl does not start: {}", curl_easy_strerror(started));
  }
}

const char* certificate_list() {
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    if (const char* path = std::getenv(name); path != nullptr && *path != '\0') {
      return path;
    }
  }
  return nullptr;
}

}  // namespace darkroom
