// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include "core/download/address_rules.h"

namespace darkroom {

std::optional<NetworkAddress> parse_address(const std::string& text) {
  in_addr four{};
  if (::inet_pton(AF_INET, text.c_str(), &four) == 1) {
    const auto* const bytes = reinterpret_cast<const uint8_t*>(&four);
    return NetworkAddress::v4(bytes[0], bytes[1], bytes[2], bytes[3]);
  }
  NetworkAddress six;
  if (::inet_pton(AF_INET6, text.c_str(), six.bytes.data()) == 1) {
    return six;
  }
  return std::nullopt;
}

}  // namespace darkroom
