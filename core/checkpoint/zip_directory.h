// SPDX-License-Identifier: Apache-2.0
// The part of the zip format that torch.save uses: stored entries, one directory at the end, zip64 (PKWARE's APPNOTE.TXT 6.3.10).
//
// Own code instead of libarchive or minizip: those are made to open whatever opens somehow, and where two readers of one zip disagree, a
// checked file is not the file that is used. Here every doubt is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace darkroom {

struct ZipEntry {
  std::string_view name;  ///< in the file's memory
  uint64_t header_at = 0;
  uint64_t size = 0;
  uint64_t limit = 0;  ///< where the next entry's header, or the directory, starts
  uint32_t crc = 0;
  uint16_t flags = 0;
};

/// A zip file's directory, read from memory that must outlive it. Thread-safe after construction.
class ZipDirectory {
 public:
  /// Checks the end records, and each entry of the directory: stored, not encrypted, one disk, a name that stays inside and stands once,
  /// sizes with their zip64 fields, ranges that do not overlap, the first at byte 0, the directory right before its end records.
  /// where   the file, for messages
  /// throws  Error{bad_input} "<where>: …"
  ZipDirectory(std::span<std::byte> file, std::string where);

  /// In the directory's order; folders are left out.
  const std::vector<ZipEntry>& entries() const { return entries_; }
  /// Nothing where there is no such entry.
  const ZipEntry* find(std::string_view name) const;

  /// The entry's content, after its own header was compared with the directory. throws Error{bad_input} naming entry and byte
  std::span<std::byte> data(const ZipEntry& entry) const;
  /// Whether the content has the checksum that the directory says.
  bool checksum_matches(const ZipEntry& entry) const;

 private:
  struct End {
    uint64_t count = 0;
    uint64_t size = 0;
    uint64_t start = 0;
    uint64_t records_at = 0;  // where the end records begin
  };
  End read_end() const;
  void read_entries(const End& end);
  void check_ranges(const End& end);
  [[noreturn]] void refuse(std::string_view text) const;

  std::span<std::byte> file_;
  std::string where_;
  std::vector<ZipEntry> entries_;
  std::unordered_map<std::string_view, size_t> index_by_name_;
};

}  // namespace darkroom
