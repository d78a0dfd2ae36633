// SPDX-License-Identifier: Apache-2.0
// A file on its way: its bytes in FILE.part, what they are bytes of in FILE.part.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace darkroom {

/// What an unfinished file is the beginning of.
struct PartIdentity {
  std::string content;     ///< names the content wherever it comes from: "sha256 …", "git blob …", or what the hub gives instead
  uint64_t size = 0;       ///< of the whole file, bytes
  std::string entity_tag;  ///< as the server wrote it that sent the bytes, with quotes; empty when it gave none
};

/// An unfinished file that this process alone writes. Not thread-safe.
///
/// The length of FILE.part says how far it came, after a killed process too; only FILE.part.json says that it may be continued. Files below
/// 256 KiB get none: to fetch them again is cheaper than two more syncs.
class PartFile {
 public:
  /// Opens or creates FILE.part beside `destination`, whose folder must exist; locks it.
  /// A part without a readable description, or longer than what it is the beginning of, starts from nothing.
  /// throws  Error{busy} when another process writes it, Error{io} naming the file and the reason
  explicit PartFile(const std::filesystem::path& destination);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  uint64_t length() const { return length_; }
  /// Of the bytes that are there; nothing when there are none.
  const std::optional<PartIdentity>& identity() const { return identity_; }
  const std::filesystem::path& path() const { return part_; }

  /// Forgets all bytes; what follows is the beginning of `identity`. throws Error{io}
  void start(const PartIdentity& identity);
  /// Forgets all bytes and what they were of. throws Error{io}
  void clear();
  /// Adds bytes at the end. throws Error{io}, with all that was written before still there
  void append(std::span<const std::byte> bytes);
  /// Reads what is there, from the start. throws Error{io}
  void read_all(const std::function<void(std::span<const std::byte>)>& take) const;

  /// Makes the part the file: synced, renamed in one step over what stood there, the description removed. Last. throws Error{io}
  void finish();
  /// Removes part and description. Last.
  void discard();

 private:
  void close();

  std::filesystem::path destination_;
  std::filesystem::path part_;
  std::filesystem::path description_;
  int fd_ = -1;
  uint64_t length_ = 0;
  uint64_t unsynced_ = 0;
  std::optional<PartIdentity> identity_;
};

/// The names beside FILE that a PartFile uses: what a repository must not hold itself.
std::filesystem::path part_path(const std::filesystem::path& destination);
std::filesystem::path part_description_path(const std::filesystem::path& destination);

/// Bytes of a FILE.part that can be continued as the beginning of this content; 0 when there is none.
uint64_t resumable_bytes(const std::filesystem::path& destination, const std::string& content, uint64_t size);

}  // namespace darkroom
