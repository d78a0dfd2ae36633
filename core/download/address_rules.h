// SPDX-License-Identifier: Apache-2.0
// Which addresses a list of strangers' URLs may lead to: the internet, not this machine and not the networks around it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace darkroom {

/// An IP address; one of version 4 stands in its mapped form, ::ffff:a.b.c.d.
struct NetworkAddress {
  std::array<uint8_t, 16> bytes{};

  static NetworkAddress v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);
  bool is_v4() const;
  bool operator==(const NetworkAddress&) const = default;
};

/// Of "192.0.2.1" or "2001:db8::1"; nothing for other text.
std::optional<NetworkAddress> parse_address(const std::string& text);

/// The addresses that share their first bits.
struct NetworkBlock {
  NetworkAddress base;
  int bits = 128;  ///< of the mapped form: 96 + n for version 4

  bool holds(const NetworkAddress& address) const;
};

/// Of "10.1.0.0/16", "fd00::/8" or a single address. throws Error{usage} naming the text
NetworkBlock parse_network(const std::string& text);

/// What a special address is for ("loopback", "private", "link-local", "carrier-grade NAT", …); nothing for one of the public internet.
/// Addresses that carry one of version 4 (mapped, NAT64, 6to4) are judged by it. source  RFC 6890, RFC 8190, RFC 6052, RFC 3056
std::optional<std::string_view> special_use(const NetworkAddress& address);

enum class PrivateNetworks { refuse, allow };

/// Judges the address that is about to be connected to, after names were resolved and after every redirect.
struct AddressRules {
  PrivateNetworks private_networks = PrivateNetworks::refuse;
  std::vector<NetworkBlock> allowed;  ///< may be reached all the same

  /// Why not; nothing when it may be connected to.
  std::optional<std::string_view> refusal(const NetworkAddress& address) const;
};

}  // namespace darkroom
