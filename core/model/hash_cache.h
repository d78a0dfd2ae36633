// SPDX-License-Identifier: Apache-2.0
// Hashes of model files, and where they are remembered: a file of 4 GB is read once for its hash, not at each start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace darkroom {

/// What tells whether a file is still the one that was hashed.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t bytes = 0;
  int64_t mtime_ns = 0;

  bool operator==(const FileIdentity&) const = default;
};

/// throws Error{not_found | io} naming the file
FileIdentity file_identity(const std::filesystem::path& path);

/// A file of JSON lines, one hash each; the newest thousand are kept.
///
/// A file that was changed within the last two seconds is not remembered: clocks of file systems are coarse, and it may change again
/// without looking so. A cache that cannot be read or written is no error: then hashes are computed.
class HashCache {
 public:
  explicit HashCache(std::filesystem::path file) : file_(std::move(file)) {}
  /// $XDG_CACHE_HOME/darkroom/hashes.jsonl, else ~/.cache/darkroom/hashes.jsonl.
  static HashCache of_user();

  /// The remembered hash of `files` together, or what `compute` gives, which is then remembered.
  /// kind    what was hashed and how: "sha256"
  /// throws  Error{not_found | io} naming a file, and what `compute` throws
  std::string value(std::string_view kind, const std::vector<std::filesystem::path>& files,
                    const std::function<std::string()>& compute) const;

 private:
  std::filesystem::path file_;
};

/// SHA-256 of files read one behind the other, 64 hex digits, through the user's cache: of one file what `sha256sum` says of it.
/// throws  Error{not_found | io}
std::string files_sha256(const std::vector<std::filesystem::path>& files, const HashCache& cache = HashCache::of_user());

/// SHA-256 of a whole file, 64 hex digits, through the user's cache. A1111 and others name a model by its first ten.
/// throws  Error{not_found | io}
std::string model_sha256(const std::filesystem::path& path, const HashCache& cache = HashCache::of_user());
/// The ten digits of "Model hash".
std::string model_short_hash(const std::filesystem::path& path, const HashCache& cache = HashCache::of_user());

/// SHA-256 of a safetensors file's bytes after its header, 64 hex digits: it stays when somebody edits the metadata. A1111 names a LoRA by
/// its first twelve. throws  Error{bad_input} when it is no safetensors file
std::string tensor_data_sha256(const std::filesystem::path& path, const HashCache& cache = HashCache::of_user());

}  // namespace darkroom
