// SPDX-License-Identifier: Apache-2.0
// Without OpenSSL the hashes are still made, some times slower, by the text of FIPS 180-4: a model's hash must not depend on the machine.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>

#include "core/base/digest.h"
#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr size_t block_bytes = 64;
using Block = std::array<unsigned char, block_bytes>;

constexpr std::array<uint32_t, 5> sha1_start{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
constexpr std::array<uint32_t, 8> sha256_start{0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                               0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes (section 4.2.2).
constexpr std::array<uint32_t, 64> sha256_constants{
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5, 0xD807AA98, 0x12835B01, 0x243185BE,
    0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174, 0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA,
    0x5CB0A9DC, 0x76F988DA, 0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967, 0x27B70A85,
    0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85, 0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3,
    0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070, 0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F,
    0x682E6FF3, 0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2};

uint32_t word_at(const Block& block, size_t index) {
  const unsigned char* at = block.data() + 4 * index;
  return static_cast<uint32_t>(at[0]) << 24 | static_cast<uint32_t>(at[1]) << 16 | static_cast<uint32_t>(at[2]) << 8 | at[3];
}

// Section 6.1.2.
void add_sha1_block(std::array<uint32_t, 8>& hash, const Block& block) {
  std::array<uint32_t, 80> w{};
  for (size_t t = 0; t < w.size(); ++t) {
    w[t] = t < 16 ? word_at(block, t) : std::rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
  }
  uint32_t a = hash[0];
  uint32_t b = hash[1];
  uint32_t c = hash[2];
  uint32_t d = hash[3];
  uint32_t e = hash[4];
  for (size_t t = 0; t < w.size(); ++t) {
    uint32_t mixed = b ^ c ^ d;
    uint32_t constant = t < 40 ? 0x6ED9EBA1 : 0xCA62C1D6;
    if (t < 20) {
      mixed = (b & c) ^ (~b & d);
      constant = 0x5A827999;
    } else if (t >= 40 && t < 60) {
      mixed = (b & c) ^ (b & d) ^ (c & d);
      constant = 0x8F1BBCDC;
    }
    const uint32_t next = std::rotl(a, 5) + mixed + e + constant + w[t];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  hash[0] += a;
  hash[1] += b;
  hash[2] += c;
  hash[3] += d;
  hash[4] += e;
}

// Section 6.2.2.
void add_sha256_block(std::array<uint32_t, 8>& hash, const Block& block) {
  std::array<uint32_t, 64> w{};
  for (size_t t = 0; t < w.size(); ++t) {
    if (t < 16) {
      w[t] = word_at(block, t);
    } else {
      const uint32_t low = std::rotr(w[t - 15], 7) ^ std::rotr(w[t - 15], 18) ^ w[t - 15] >> 3;
      const uint32_t high = std::rotr(w[t - 2], 17) ^ std::rotr(w[t - 2], 19) ^ w[t - 2] >> 10;
      w[t] = high + w[t - 7] + low + w[t - 16];
    }
  }
  std::array<uint32_t, 8> v = hash;
  for (size_t t = 0; t < w.size(); ++t) {
    const uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
    const uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
    const uint32_t first = v[7] + (std::rotr(v[4], 6) ^ std::rotr(v[4], 11) ^ std::rotr(v[4], 25)) + choice + sha256_constants[t] + w[t];
    const uint32_t second = (std::rotr(v[0], 2) ^ std::rotr(v[0], 13) ^ std::rotr(v[0], 22)) + majority;
    v = {first + second, v[0], v[1], v[2], v[3] + first, v[4], v[5], v[6]};
  }
  for (size_t i = 0; i < hash.size(); ++i) {
    hash[i] += v[i];
  }
}

}  // namespace

struct Digest::State {
  explicit State(DigestKind wanted) : kind(wanted) {
    if (kind == DigestKind::md5) {
      fail(ErrorCode::failed, "This engine was built without OpenSSL and makes no MD5. Install libssl-dev and build again.");
    }
    if (kind == DigestKind::sha1) {
      std::copy(sha1_start.begin(), sha1_start.end(), hash.begin());
    } else {
      hash = sha256_start;
    }
  }

  void add_block() {
    if (kind == DigestKind::sha1) {
      add_sha1_block(hash, block);
    } else {
      add_sha256_block(hash, block);
    }
    filled = 0;
  }

  void add(std::span<const std::byte> bytes) {
    length += bytes.size();
    while (!bytes.empty()) {
      const size_t count = std::min(bytes.size(), block.size() - filled);
      std::memcpy(block.data() + filled, bytes.data(), count);
      filled += count;
      bytes = bytes.subspan(count);
      if (filled == block.size()) {
        add_block();
      }
    }
  }

  DigestKind kind;
  std::array<uint32_t, 8> hash{};
  Block block{};
  size_t filled = 0;
  uint64_t length = 0;
};

Digest::Digest(DigestKind kind) : state_(std::make_unique<State>(kind)) {}
Digest::~Digest() = default;
Digest::Digest(Digest&& other) noexcept = default;
Digest& Digest::operator=(Digest&& other) noexcept = default;

void Digest::update(std::span<const std::byte> bytes) {
  if (!state_) {
    throw std::invalid_argument("[Digest::update] the digest is finished");
  }
  state_->add(bytes);
}

std::string Digest::finish() {
  if (!state_) {
    throw std::invalid_argument("[Digest::finish] the digest is finished");
  }
  // Section 5.1.1: a one bit, zeros, the length in bits as 64 bits, up to a whole block.
  const uint64_t bits = state_->length * 8;
  std::array<std::byte, block_bytes + 8> padding{std::byte{0x80}};
  const size_t zeros = (block_bytes + block_bytes - 9 - state_->filled) % block_bytes;
  for (size_t i = 0; i < 8; ++i) {
    padding[1 + zeros + i] = static_cast<std::byte>(bits >> (56 - 8 * i));
  }
  state_->add(std::span(padding).first(1 + zeros + 8));
  std::string hex;
  for (size_t i = 0; i < (state_->kind == DigestKind::sha1 ? sha1_start.size() : sha256_start.size()); ++i) {
    hex += format("{:08x}", state_->hash[i]);
  }
  state_.reset();
  return hex;
}

}  // namespace darkroom
