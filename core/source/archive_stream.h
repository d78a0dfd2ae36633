// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace darkroom {

/// A regular file inside an archive, while its turn lasts.
class ArchiveEntry {
 public:
  virtual ~ArchiveEntry() = default;
  virtual const std::string& name() const = 0;
  /// Its bytes. throws  Error{bad_input} when it has more than `most` or the archive is damaged
  virtual std::string read(uint64_t most) = 0;
  /// Its lines, one after the other, without holding more than one. throws as read(), for a line of more than `most` bytes
  virtual void read_lines(uint64_t most, const std::function<void(std::string_view line)>& line) = 0;
};

/// Goes through a zip, tar, tgz or tar.zst as a stream, in the order of the archive; nothing is unpacked to disk. `visit` returns false to
/// stop. Names that are absolute or hold ".." are passed over.
/// throws  Error{not_found | bad_input} naming the archive; Error{failed} in a build without libarchive
void for_each_archive_entry(const std::filesystem::path& archive, const std::function<bool(ArchiveEntry&)>& visit);

}  // namespace darkroom
