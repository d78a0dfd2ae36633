// SPDX-License-Identifier: Apache-2.0
#include "core/download/address_rules.h"

#include <algorithm>
#include <charconv>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr int v4_prefix_bits = 96;
constexpr std::array<uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

struct SpecialBlock {
  std::array<uint8_t, 4> base;
  int bits;
  std::string_view use;
};

constexpr std::array special_v4{
    SpecialBlock{{0, 0, 0, 0}, 8, "this network"},
    SpecialBlock{{10, 0, 0, 0}, 8, "private"},
    SpecialBlock{{100, 64, 0, 0}, 10, "carrier-grade NAT"},
    SpecialBlock{{127, 0, 0, 0}, 8, "loopback"},
    SpecialBlock{{169, 254, 0, 0}, 16, "link-local"},
    SpecialBlock{{172, 16, 0, 0}, 12, "private"},
    SpecialBlock{{192, 0, 0, 0}, 24, "reserved"},
    SpecialBlock{{192, 0, 2, 0}, 24, "documentation"},
    SpecialBlock{{192, 88, 99, 0}, 24, "6to4 relay"},
    SpecialBlock{{192, 168, 0, 0}, 16, "private"},
    SpecialBlock{{198, 18, 0, 0}, 15, "benchmarking"},
    SpecialBlock{{198, 51, 100, 0}, 24, "documentation"},
    SpecialBlock{{203, 0, 113, 0}, 24, "documentation"},
    SpecialBlock{{224, 0, 0, 0}, 4, "multicast"},
    SpecialBlock{{240, 0, 0, 0}, 4, "reserved"},
};

struct SpecialPrefix {
  std::array<uint8_t, 16> base;
  int bits;
  std::string_view use;
};

constexpr std::array special_v6{
    SpecialPrefix{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 128, "this network"},
    SpecialPrefix{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, "loopback"},
    SpecialPrefix{{}, 96, "reserved"},
    SpecialPrefix{{0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01}, 48, "private"},
    SpecialPrefix{{0x01}, 64, "reserved"},
    SpecialPrefix{{0x20, 0x01, 0x00}, 23, "reserved"},  // Teredo among others
    SpecialPrefix{{0x20, 0x01, 0x0D, 0xB8}, 32, "documentation"},
    SpecialPrefix{{0xFC}, 7, "private"},
    SpecialPrefix{{0xFE, 0x80}, 10, "link-local"},
    SpecialPrefix{{0xFE, 0xC0}, 10, "private"},
    SpecialPrefix{{0xFF}, 8, "multicast"},
};

template <size_t N>
bool shares_bits(const std::array<uint8_t, N>& a, const std::array<uint8_t, N>& b, int bits) {
  for (int i = 0; i < bits; ++i) {
    const auto at = static_cast<size_t>(i / 8);
    const unsigned mask = 0x80U >> (i % 8);
    if ((a[at] & mask) != (b[at] & mask)) {
      return false;
    }
  }
  return true;
}

std::optional<std::string_view> special_use_v4(const std::array<uint8_t, 4>& address) {
  for (const SpecialBlock& block : special_v4) {
    if (shares_bits(address, block.base, block.bits)) {
      return block.use;
    }
  }
  return std::nullopt;
}

std::array<uint8_t, 4> four_bytes(const NetworkAddress& address, size_t first) {
  return {address.bytes[first], address.bytes[first + 1], address.bytes[first + 2], address.bytes[first + 3]};
}

}  // namespace

NetworkAddress NetworkAddress::v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  NetworkAddress address;
  std::copy(v4_prefix.begin(), v4_prefix.end(), address.bytes.begin());
  address.bytes[12] = a;
  address.bytes[13] = b;
  address.bytes[14] = c;
  address.bytes[15] = d;
  return address;
}

bool NetworkAddress::is_v4() const { return std::equal(v4_prefix.begin(), v4_prefix.end(), bytes.begin()); }

bool NetworkBlock::holds(const NetworkAddress& address) const { return shares_bits(address.bytes, base.bytes, bits); }

NetworkBlock parse_network(const std::string& text) {
  const size_t slash = text.find('/');
  const std::optional<NetworkAddress> base = parse_address(text.substr(0, slash));
  NetworkBlock block;
  if (base) {
    block.base = *base;
    const int widest = base->is_v4() ? 32 : 128;
    int bits = widest;
    const char* const end = text.data() + text.size();
    const bool is_whole = slash == std::string::npos;
    const auto [stop, error] = is_whole ? std::from_chars_result{end, std::errc()} : std::from_chars(text.data() + slash + 1, end, bits);
    if (error == std::errc() && stop == end && bits >= 0 && bits <= widest) {
      block.bits = base->is_v4() ? v4_prefix_bits + bits : bits;
      return block;
    }
  }
  fail(ErrorCode::usage, "'{}' is not a network; expected an address, or one with a length such as 10.1.0.0/16 or fd00::/8", text);
}

std::optional<std::string_view> special_use(const NetworkAddress& address) {
  constexpr std::array<uint8_t, 16> nat64{0x00, 0x64, 0xFF, 0x9B};
  constexpr std::array<uint8_t, 16> six_to_four{0x20, 0x02};
  if (address.is_v4() || shares_bits(address.bytes, nat64, 96)) {
    return special_use_v4(four_bytes(address, 12));
  }
  if (shares_bits(address.bytes, six_to_four, 16)) {
    return special_use_v4(four_bytes(address, 2));
  }
  for (const SpecialPrefix& prefix : special_v6) {
    if (shares_bits(address.bytes, prefix.base, prefix.bits)) {
      return prefix.use;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> AddressRules::refusal(const NetworkAddress& address) const {
  const bool is_allowed =
      std::any_of(allowed.begin(), allowed.end(), [&address](const NetworkBlock& block) { return block.holds(address); });
  return private_networks == PrivateNetworks::allow || is_allowed ? std::nullopt : special_use(address);
}

}  // namespace darkroom
