// SPDX-License-Identifier: Apache-2.0
// For sources that are built with libcurl only: what went wrong, in as few different words as a count by reason can bear.
#pragma once

#include <curl/curl.h>

#include <string>

namespace darkroom {

struct TransferFault {
  std::string words;
  bool may_pass = false;  ///< another try may help
};

TransferFault transfer_fault(CURLcode code);

/// "HTTP Error 404: Not Found", as img2dataset's library words it; without the phrase where the status is an uncommon one.
std::string http_status_words(int status);

}  // namespace darkroom
