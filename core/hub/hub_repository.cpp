// SPDX-License-Identifier: Apache-2.0
#include "core/hub/hub_repository.h"

#include <algorithm>
#include <cctype>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr std::string_view models_prefix = "models/";
constexpr std::string_view datasets_prefix = "datasets/";
constexpr size_t longest_id = 200;

bool is_name(std::string_view name) {
  return !name.empty() && !name.starts_with('.') && !name.starts_with('-') &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; });
}

enum class Slashes { keep, encode };

std::string percent_encoded(std::string_view text, Slashes slashes) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_unreserved = byte < 0x80 && (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~');
    if (is_unreserved || (c == '/' && slashes == Slashes::keep)) {
      encoded += c;
    } else {
      encoded += format("%{:02X}", byte);
    }
  }
  return encoded;
}

std::string api_url(const std::string& endpoint, const HubRepository& repository) {
  return format("{}/api/{}s/{}", endpoint, repository.kind == RepositoryKind::model ? "model" : "dataset", repository.id);
}

}  // namespace

std::string HubRepository::text() const { return kind == RepositoryKind::dataset ? std::string(datasets_prefix) + id : id; }

HubRepository parse_repository(const std::string& text) {
  HubRepository repository;
  std::string_view rest = text;
  if (rest.starts_with(datasets_prefix)) {
    repository.kind = RepositoryKind::dataset;
    rest.remove_prefix(datasets_prefix.size());
  } else if (rest.starts_with(models_prefix)) {
    rest.remove_prefix(models_prefix.size());
  }
  const size_t slash = rest.find('/');
  const bool is_good = slash == std::string_view::npos ? is_name(rest) : is_name(rest.substr(0, slash)) && is_name(rest.substr(slash + 1));
  if (!is_good || rest.size() > longest_id) {
    fail(ErrorCode::usage, "'{}' does not name a repository; expected org/name, or datasets/org/name", text);
  }
  repository.id = rest;
  return repository;
}

std::string PublishedHash::text() const { return (kind == DigestKind::sha256 ? "sha256 " : "git blob ") + hex; }

std::optional<PublishedHash> published_hash(std::string_view hex) {
  const bool is_hex = std::all_of(hex.begin(), hex.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (!is_hex || (hex.size() != 64 && hex.size() != 40)) {
    return std::nullopt;
  }
  return PublishedHash{hex.size() == 64 ? DigestKind::sha256 : DigestKind::sha1, std::string(hex)};
}

Digest start_digest(DigestKind kind, uint64_t content_bytes) {
  Digest digest(kind);
  if (kind == DigestKind::sha1) {
    digest.update(format("blob {}", content_bytes));
    digest.update(std::string_view("\0", 1));
  }
  return digest;
}

std::string revision_url(const std::string& endpoint, const HubRepository& repository, const std::string& revision) {
  return format("{}/revision/{}", api_url(endpoint, repository), percent_encoded(revision, Slashes::encode));
}

std::string tree_url(const std::string& endpoint, const HubRepository& repository, const std::string& revision) {
  return format("{}/tree/{}?recursive=true", api_url(endpoint, repository), percent_encoded(revision, Slashes::encode));
}

std::string resolve_file_url(const std::string& endpoint, const HubRepository& repository, const std::string& revision,
                             const std::string& path) {
  return format("{}/resolve/{}/{}", page_url(endpoint, repository), percent_encoded(revision, Slashes::encode),
                percent_encoded(path, Slashes::keep));
}

std::string page_url(const std::string& endpoint, const HubRepository& repository) { return endpoint + "/" + repository.text(); }

}  // namespace darkroom
