// SPDX-License-Identifier: Apache-2.0
// One file, to the byte: continued where it stopped, checked before it gets its name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/hub/http_client.h"
#include "core/hub/hub_refusal.h"
#include "core/hub/hub_repository.h"
#include "core/hub/retry_policy.h"

namespace darkroom {

/// What an ETag of 40 or 64 hex digits is.
enum class TagMeaning {
  content_hash,  ///< a hub's: git's blob id or the sha256 of the content
  opaque,        ///< another server's: anything
};

struct WantedFile {
  std::string url;                    ///< at the hub; it may redirect to a storage host
  std::filesystem::path destination;  ///< its folder must exist
  uint64_t size = 0;
  std::optional<PublishedHash> hash;  ///< absent: taken from the answer's X-Linked-Etag or ETag, where that is one
  TagMeaning tags = TagMeaning::content_hash;
};

struct FetchedFile {
  uint64_t resumed_at = 0;   ///< bytes of an earlier session that were kept
  uint64_t downloaded = 0;   ///< bytes that came over the wire, those that were thrown away too
  bool is_verified = false;  ///< against a hash of the hub
};

/// Throws the sentence that tells a user what to do about an answer that will not pass by itself; `body` is its beginning.
using RefuseAnswer = std::function<void(const HttpAnswer& answer, const std::string& body)>;

/// Called with the length of the file so far; goes back when a file starts anew.
using PositionSink = std::function<void(uint64_t position)>;

/// Downloads a file into FILE.part and renames it when it is whole.
///
/// A part of the same content and size is continued (Range, If-Range). The bytes start anew when the server ignores the range or has
/// another ETag. Broken connections, stalls and answers that may pass by themselves are tried again as the policy says; a server's lengths
/// are not believed: the size and the hash of the listing decide. A wrong hash is deleted, logged and fetched once more.
/// Whenever it throws, but for a wrong hash, the part stays and the next call goes on from it.
///
/// refuse  of an answer that is neither the file nor a passing trouble
/// throws  what `refuse` throws; Error{io}: no connection, full disk, wrong hash twice, given up; Error{busy}; Error{cancelled}
FetchedFile download_file(HttpClient& client, const WantedFile& file, const RefuseAnswer& refuse, const RetryPolicy& policy,
                          const PositionSink& at, const CancelToken& cancel);

/// Likewise of a hub's file; answers are refused by refuse_answer of hub_refusal.h.
FetchedFile download_file(HttpClient& client, const WantedFile& file, const HubQuestion& question, const RetryPolicy& policy,
                          const PositionSink& at, const CancelToken& cancel);

/// Makes the file of a local copy of its content, checked likewise; false, with nothing left behind, when it is not that content.
/// `file.hash` must be there. throws Error{io, busy, cancelled}
bool copy_file_verified(const std::filesystem::path& source, const WantedFile& file, const PositionSink& at, const CancelToken& cancel);

/// Whether the file at `destination` is the wanted one: by size, then by hash; by size alone where no hash was published.
bool is_already_there(const WantedFile& file, const PieceSeen& seen);

}  // namespace darkroom
