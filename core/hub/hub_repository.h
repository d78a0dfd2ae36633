// SPDX-License-Identifier: Apache-2.0
// A repository's name and the addresses of its parts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/digest.h"

namespace darkroom {

enum class RepositoryKind { model, dataset };

struct HubRepository {
  RepositoryKind kind = RepositoryKind::model;
  std::string id;  ///< "org/name", or "name" for the few of the early days

  /// "org/name" or "datasets/org/name": what a user types.
  std::string text() const;
};

/// Of "org/name", "name", "models/org/name" or "datasets/org/name".
/// throws  Error{usage} naming the text and what was expected
HubRepository parse_repository(const std::string& text);

/// A hash that the hub publishes for a file's content.
struct PublishedHash {
  DigestKind kind = DigestKind::sha256;  ///< sha256 of a large file; sha1: git's blob id of a small one
  std::string hex;                       ///< lower case

  bool operator==(const PublishedHash&) const = default;
  /// "sha256 ab12…" or "git blob ab12…".
  std::string text() const;
};

/// A published hash by the length of its digits: 64 sha256, 40 git blob; nothing otherwise.
std::optional<PublishedHash> published_hash(std::string_view hex);

/// A digest that already took what stands before the content: git hashes "blob <size>\0" with it.
Digest start_digest(DigestKind kind, uint64_t content_bytes);

std::string revision_url(const std::string& endpoint, const HubRepository& repository, const std::string& revision);
std::string tree_url(const std::string& endpoint, const HubRepository& repository, const std::string& revision);
std::string resolve_file_url(const std::string& endpoint, const HubRepository& repository, const std::string& revision,
                             const std::string& path);
/// The page for people.
std::string page_url(const std::string& endpoint, const HubRepository& repository);

}  // namespace darkroom
