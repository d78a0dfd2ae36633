// SPDX-License-Identifier: Apache-2.0
// The whole cache is read and rewritten at each new hash: it is small, and a hash of a model takes seconds.
#include "core/model/hash_cache.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "core/base/atomic_file.h"
#include "core/base/digest.h"
#include "core/base/format.h"
#include "core/base/json.h"
#include "core/base/mapped_file.h"
#include "core/checkpoint/safetensors.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr size_t most_entries = 1000;
constexpr int64_t settled_ns = 2'000'000'000;

Json key_of(std::string_view kind, const std::vector<FileIdentity>& files) {
  Json identities = Json::array();
  for (const FileIdentity& file : files) {
    identities.push_back({file.device, file.inode, file.bytes, file.mtime_ns});
  }
  return {{"kind", kind}, {"files", identities}};
}

// Lines that are whole; a torn or foreign one is dropped.
std::vector<Json> read_lines(const fs::path& file) {
  std::vector<Json> lines;
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    return lines;
  }
  const std::string text = read_file(file);
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    Json line = Json::parse(text.begin() + static_cast<ptrdiff_t>(at), text.begin() + static_cast<ptrdiff_t>(end), nullptr, false);
    if (line.is_object() && line.contains("kind") && line.contains("files") && line.contains("hash") && line["hash"].is_string()) {
      lines.push_back(std::move(line));
    }
    at = end + 1;
  }
  return lines;
}

void remember(const fs::path& file, Json entry) {
  try {
    std::vector<Json> lines = read_lines(file);
    lines.push_back(std::move(entry));
    std::string text;
    for (size_t i = lines.size() > most_entries ? lines.size() - most_entries : 0; i < lines.size(); ++i) {
      text += lines[i].dump() + "\n";
    }
    fs::create_directories(file.parent_path());
    write_file_atomically(file, text);
  } catch (const std::exception&) {
    return;  // a home that cannot be written to: the hash is computed again next time
  }
}

bool settled(const std::vector<FileIdentity>& files) {
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  return std::all_of(files.begin(), files.end(), [&](const FileIdentity& file) { return file.mtime_ns + settled_ns < now; });
}

std::vector<FileIdentity> identities_of(const std::vector<fs::path>& files) {
  std::vector<FileIdentity> identities;
  identities.reserve(files.size());
  for (const fs::path& file : files) {
    identities.push_back(file_identity(file));
  }
  return identities;
}

fs::path environment_path(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? fs::path() : fs::path(value);
}

}  // namespace

HashCache HashCache::of_user() {
  const fs::path cache = environment_path("XDG_CACHE_HOME");
  const fs::path base = cache.is_absolute() ? cache : environment_path("HOME") / ".cache";
  return HashCache(base / "darkroom" / "hashes.jsonl");
}

std::string HashCache::value(std::string_view kind, const std::vector<fs::path>& files, const std::function<std::string()>& compute) const {
  const std::vector<FileIdentity> identities = identities_of(files);
  Json key = key_of(kind, identities);
  const bool known_file = file_.is_absolute();
  if (known_file && settled(identities)) {
    try {
      const std::vector<Json> lines = read_lines(file_);
      const auto found = std::find_if(lines.rbegin(), lines.rend(),
                                      [&](const Json& line) { return line["kind"] == key["kind"] && line["files"] == key["files"]; });
      if (found != lines.rend()) {
        return (*found)["hash"];
      }
    } catch (const Error&) {
      return compute();  // the cache cannot be read
    }
  }
  std::string hash = compute();
  if (known_file && settled(identities) && identities_of(files) == identities) {
    key["hash"] = hash;
    remember(file_, std::move(key));
  }
  return hash;
}

std::string files_sha256(const std::vector<fs::path>& files, const HashCache& cache) {
  return cache.value("sha256", files, [&] {
    Digest digest(DigestKind::sha256);
    for (const fs::path& file : files) {
      add_file(digest, file);
    }
    return digest.finish();
  });
}

std::string model_sha256(const fs::path& path, const HashCache& cache) { return files_sha256({path}, cache); }

std::string model_short_hash(const fs::path& path, const HashCache& cache) {
  constexpr size_t digits = 10;
  return model_sha256(path, cache).substr(0, digits);
}

std::string tensor_data_sha256(const fs::path& path, const HashCache& cache) {
  return cache.value("sha256 after the header", {path}, [&] {
    const SafetensorsFile checked(path);
    const MappedFile file(path);
    const std::span<const std::byte> bytes = file.bytes();
    uint64_t header = 0;
    for (size_t i = 0; i < sizeof header; ++i) {
      header |= static_cast<uint64_t>(bytes[i]) << (8 * i);
    }
    Digest digest(DigestKind::sha256);
    digest.update(bytes.subspan(static_cast<size_t>(header) + sizeof header));
    return digest.finish();
  });
}

}  // namespace darkroom
