// SPDX-License-Identifier: Apache-2.0
// For sources that are built with libcurl only: what everything that uses it does alike.
#pragma once

namespace darkroom {

/// Starts libcurl once for the process. Thread-safe. throws Error{failed} when it does not start
void start_curl();

/// The file of CURL_CA_BUNDLE or SSL_CERT_FILE; null: libcurl's own list of certificates.
const char* certificate_list();

}  // namespace darkroom
