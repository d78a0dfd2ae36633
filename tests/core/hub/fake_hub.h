// SPDX-License-Identifier: Apache-2.0
// A hub as its clients see it: revision, listing in pages, small files itself, large ones at a storage host of another port.
#pragma once

#include <climits>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "core/hub/hub_repository.h"
#include "core/hub/retry_policy.h"
#include "tests/core/hub/http_server.h"

namespace darkroom::test {

/// Bytes without a pattern that a wrong offset would survive; the same for the same seed.
std::string noise(size_t bytes, uint32_t seed = 1);

/// JSON written with ' for ": moc of Qt 6.4 finds no class in a file with raw strings.
std::string json_text(std::string text);

/// Tries again at once.
inline constexpr RetryPolicy impatient{.tries = 4, .first_delay_s = 0, .longest_delay_s = 0, .longest_wait_s = 5};

/// How the storage host answers for a large file; tests change it between requests.
struct StorageFaults {
  uint64_t break_after = UINT64_MAX;  ///< bytes of a body, then the line breaks
  int answers = INT_MAX;              ///< so many, then 503
  uint64_t bytes_per_s = 0;           ///< 0: no limit
  bool ignore_range = false;
  std::string entity_tag = "\"storage-1\"";
  int64_t length_lie = 0;   ///< added to the Content-Length of a whole file
  std::string wrong_bytes;  ///< sent instead of the content
};

class FakeHub {
 public:
  static constexpr const char* commit = "0123456789abcdef0123456789abcdef01234567";

  FakeHub();

  /// A file in git: served by the hub, named by its blob id.
  void add_small(const std::string& path, const std::string& content);
  /// A file of LFS: named by its sha256, at the storage host.
  void add_large(const std::string& path, const std::string& content);

  std::string url() const { return hub_->url(); }
  std::string repository = "artist/model";
  std::string kind = "models";
  size_t page_size = 1000;
  std::string wanted_token;  ///< not empty: 401 without it
  bool is_gated = false;     ///< 403 GatedRepo
  std::string card_data;     ///< JSON of "cardData"
  StorageFaults faults;

  /// Requests for content that the storage host got.
  std::vector<ServedRequest> storage_requests() const { return storage_->requests(); }
  std::vector<ServedRequest> hub_requests() const { return hub_->requests(); }
  void forget_requests();

 private:
  struct File {
    std::string content;
    PublishedHash hash;
  };
  void answer_hub(const ServedRequest& request, Connection& connection);
  void answer_storage(const ServedRequest& request, Connection& connection);
  std::string page(size_t first) const;

  std::map<std::string, File> files_;
  std::unique_ptr<HttpServer> storage_;
  std::unique_ptr<HttpServer> hub_;  // ends first
};

}  // namespace darkroom::test
