// SPDX-License-Identifier: Apache-2.0
// Cryptographic hashes of bytes that come in pieces. For hashes that only compare, XXH3 is faster: this is for names that others publish.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace darkroom {

enum class DigestKind {
  md5,     ///< 32 hex digits: what picture sets publish; needs OpenSSL, and says nothing about who made the file
  sha1,    ///< 40 hex digits: git's object ids
  sha256,  ///< 64 hex digits: model hashes, large files of a hub
};

/// A hash over the bytes given so far (FIPS 180-4; MD5: RFC 1321), by OpenSSL where there is one. Not thread-safe; movable.
class Digest {
 public:
  /// throws  Error{failed} for a kind that this build's library refuses
  explicit Digest(DigestKind kind);
  ~Digest();
  Digest(Digest&& other) noexcept;
  Digest& operator=(Digest&& other) noexcept;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text.data(), text.size()))); }

  /// Lower-case hex digits of everything given. Once, last.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of bytes in memory.
std::string digest_of(DigestKind kind, std::string_view bytes);

/// Called with the bytes of each piece of a file after it was read, at most 1 MiB; may throw to stop.
using PieceSeen = std::function<void(uint64_t bytes)>;

/// Gives a whole file to a digest, read once.
/// throws   Error{not_found | io} naming the file
void add_file(Digest& digest, const std::filesystem::path& path, const PieceSeen& seen = {});

/// Of a whole file. throws as add_file
std::string digest_of_file(DigestKind kind, const std::filesystem::path& path, const PieceSeen& seen = {});

}  // namespace darkroom
