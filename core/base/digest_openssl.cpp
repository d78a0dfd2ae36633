// SPDX-License-Identifier: Apache-2.0
#include <openssl/evp.h>

#include <array>
#include <stdexcept>

#include "core/base/digest.h"
#include "core/base/format.h"

namespace darkroom {
namespace {

struct Algorithm {
  const EVP_MD* method;
  const char* name;
};

Algorithm algorithm_of(DigestKind kind) {
  switch (kind) {
    case DigestKind::md5:
      return {EVP_md5(), "MD5"};
    case DigestKind::sha1:
      return {EVP_sha1(), "SHA-1"};
    case DigestKind::sha256:
      break;
  }
  return {EVP_sha256(), "SHA-256"};
}

}  // namespace

struct Digest::State {
  explicit State(DigestKind kind) : context(EVP_MD_CTX_new()) {
    const Algorithm algorithm = algorithm_of(kind);
    if (context == nullptr || EVP_DigestInit_ex(context, algorithm.method, nullptr) != 1) {
      EVP_MD_CTX_free(context);
      fail(ErrorCode::failed, "This OpenSSL refuses {}; is it in a mode that forbids it?", algorithm.name);
    }
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  EVP_MD_CTX* context;
};

Digest::Digest(DigestKind kind) : state_(std::make_unique<State>(kind)) {}
Digest::~Digest() = default;
Digest::Digest(Digest&& other) noexcept = default;
Digest& Digest::operator=(Digest&& other) noexcept = default;

void Digest::update(std::span<const std::byte> bytes) {
  if (!state_) {
    throw std::invalid_argument("[Digest::update] the digest is finished");
  }
  if (EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) != 1) {
    fail(ErrorCode::failed, "OpenSSL could not hash {} bytes.", bytes.size());
  }
}

std::string Digest::finish() {
  if (!state_) {
    throw std::invalid_argument("[Digest::finish] the digest is finished");
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int length = 0;
  if (EVP_DigestFinal_ex(state_->context, bytes.data(), &length) != 1) {
    fail(ErrorCode::failed, "OpenSSL could not end a hash.");
  }
  state_.reset();
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    hex += format("{:02x}", bytes[i]);
  }
  return hex;
}

}  // namespace darkroom
