// SPDX-License-Identifier: Apache-2.0
// WebDataset tars, read in place: one pass over the headers makes an index, members are read with pread. Nothing is ever extracted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace darkroom {

/// One regular file inside a tar.
struct TarMember {
  std::string name;     ///< as stored: "a/b.seg.png"
  uint64_t offset = 0;  ///< of its first byte in the tar
  uint64_t size = 0;
};

/// The two parts of a member's name: "a/b.seg.PNG" -> key "a/b", field "seg.png".
struct SampleName {
  std::string key;
  std::string field;
};

/// Key = path up to the first dot of the base name, field = the rest in lower case. Nothing when the base name has no dot or starts with
/// it.
std::optional<SampleName> split_sample_name(std::string_view name);

/// One field of a sample.
struct TarField {
  std::string name;  ///< "jpg", "txt", "json"
  uint64_t offset = 0;
  uint64_t size = 0;
};

/// Adjacent members with one key.
struct TarSample {
  std::string key;
  std::vector<TarField> fields;

  const TarField* find(std::string_view field) const;
  /// The picture: the first of jpg, jpeg, png, webp.
  const TarField* image() const;
};

/// Something in a tar that is not used, and why.
struct TarReject {
  std::string name;  ///< the member or sample
  std::string reason;
};

struct TarLimits {
  uint64_t max_member_bytes = uint64_t{64} << 20;
};

/// An opened file, a tar as a rule, of which parts are read whose place is known. Reading is thread-safe.
class TarFile {
 public:
  /// throws  Error{not_found | io | bad_input} naming the file
  explicit TarFile(std::filesystem::path path);
  ~TarFile();
  TarFile(TarFile&& other) noexcept;
  TarFile& operator=(TarFile&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  uint64_t size() const { return size_; }
  /// Fewer bytes than asked for at the end of the file. throws Error{io}
  size_t read(uint64_t offset, std::span<char> block) const;
  /// throws  Error{io}, also where the file has become shorter
  std::string read(const TarField& field) const;
  /// Asks the system to read that part ahead; nothing waits.
  void prefetch(uint64_t offset, uint64_t bytes) const;

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  uint64_t size_ = 0;
};

/// An opened tar and its samples. read() is thread-safe.
///
/// Understands ustar, GNU long names and base-256 sizes, PAX path and size. Left out with a reason: links, devices and sparse files, names
/// that are absolute, hold ".." or a NUL, members beyond the limit or cut off by the end of the file, samples with a field or a key
/// that was there before. A header with a wrong checksum ends the reading: what follows cannot be trusted. Folders, members without a
/// dot and names with a part like "__x__" are passed over silently, as WebDataset does.
class TarSource {
 public:
  /// throws Error{not_found | io} when the file cannot be opened or read; Error{bad_input} when it is no tar from its first block on
  explicit TarSource(std::filesystem::path path, const TarLimits& limits = {});

  const std::filesystem::path& path() const { return file_.path(); }
  const std::vector<TarSample>& samples() const { return samples_; }
  const std::vector<TarReject>& rejects() const { return rejects_; }
  /// throws Error{io}
  std::string read(const TarField& field) const { return file_.read(field); }

 private:
  TarFile file_;
  std::vector<TarSample> samples_;
  std::vector<TarReject> rejects_;
};

}  // namespace darkroom
